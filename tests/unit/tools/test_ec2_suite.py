"""What tools/ec2-suite says of tests that do not pass."""

from tools.suites import ec2_causes, ec2_conf
from tools.suites.facts import Facts
from tools.suites.outcome import FAILED, PASSED, SKIPPED, Outcome

TEST = "ec2api_tempest_plugin.api.test_volumes.VolumeTest.test_x"
NO_VPC = "botocore.exceptions.ClientError: An error occurred (InvalidAction) when calling the CreateVpc operation: x"


def test_a_failure_without_a_cause_is_told_from_one_with():
    known, unknown = Outcome(TEST, FAILED, NO_VPC), Outcome(f"{TEST}2", FAILED, "AssertionError: 1 != 2")
    skipped = Outcome(f"{TEST}3", SKIPPED, "image is not ready in S3")
    found = [known, unknown, skipped, Outcome(f"{TEST}4", PASSED)]
    assert ec2_causes.unexplained(found) == [unknown]
    lines = ec2_causes.text(found).splitlines()
    assert "not built yet" in lines[1] and "no cause known: AssertionError: 1 != 2" in lines[3]
    assert "no S3" in lines[5] and lines[-1] == "4 tests: 2 failed, 1 passed, 1 skipped"
    page = ec2_causes.page(found)
    assert "not looked into yet (1):\n\n* ``VolumeTest.test_x2`` (failed)" in page
    assert "   * - volumes\n     - 4\n     - 1\n     - 2\n     - 1\n" in page


def test_the_configuration_names_the_cloud_as_ec2_does():
    image = "01234567-89ab-4def-8123-456789abcdef"
    facts = Facts("http://x", "R", "secret", (image, image), ("1", "2"), "flat", 2, True)
    text = ec2_conf.text(facts, ec2_conf.Key("access", "hidden", "nova", ("small", "large")))
    assert "ec2_url = http://x/ec2/\n" in text and "image_id = ami-0123456789ab4def8\n" in text
    assert "ebs_image_id = " in text
    assert "instance_type_alt = large\n" in text and "aws_secret = hidden\n" in text
