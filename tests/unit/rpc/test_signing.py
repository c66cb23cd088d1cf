import pytest

from nova_like import conf as configuration
from nova_like.model import wire
from nova_like.model.errors import Forbidden
from nova_like.rpc import signing

MASTER = b"0123456789abcdef0123456789abcdef"
ARGUMENTS = {"answer": {"flow": "f", "generation": 3, "facts": {"ratio": 1.5, "name": "é"}}}


def signed(address="h1", arguments=ARGUMENTS, key=None):
    key = signing.agent_key(MASTER, address) if key is None else key
    return signing.Signer(address, key).sign("answer", arguments)


def verify(envelope, method="answer", arguments=ARGUMENTS):
    return signing.Verifier(MASTER).sender(envelope, method, wire.decode(wire.encode(arguments)))


def test_a_signed_report_names_its_sender():
    assert verify(signed()) == "h1"


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"sender": "h1"},
        {"sender": "", "signature": "00"},
        {"sender": 5, "signature": "00"},
        {**signed(), "sender": "h2"},
        {**signed(), "signature": None},
        {**signed(), "signature": "é"},
        {**signed(), "signature": "0" * 64},
        signed(key=signing.agent_key(b"another master key .............", "h1")),
    ],
)
def test_anything_else_is_forbidden(envelope):
    with pytest.raises(Forbidden):
        verify(envelope)


def test_changed_arguments_or_method_are_forbidden():
    with pytest.raises(Forbidden):
        verify(signed(), arguments={"answer": {**ARGUMENTS["answer"], "generation": 4}})
    with pytest.raises(Forbidden):
        verify(signed(), method="hosts")


def test_without_keys_the_sender_is_believed():
    envelope = signing.Signer("h1").sign("answer", ARGUMENTS)
    assert "signature" not in envelope
    assert signing.Verifier().sender(envelope, "answer", ARGUMENTS) == "h1"


def config(**options):
    conf = configuration.new(["bus"])
    conf([])
    for name, value in options.items():
        conf.set_override(name, value, "bus")
    return conf


def test_keys_come_from_files(tmp_path):
    (tmp_path / "master").write_bytes(MASTER + b"\n")
    (tmp_path / "agent").write_bytes(signing.agent_key(MASTER, "h1") + b"\n")
    conf = config(master_key_file=str(tmp_path / "master"), agent_key_file=str(tmp_path / "agent"))
    envelope = signing.signer(conf, "h1").sign("answer", ARGUMENTS)
    assert signing.verifier(conf).sender(envelope, "answer", ARGUMENTS) == "h1"


def test_a_real_bus_needs_keys_and_a_key_has_a_length(tmp_path):
    with pytest.raises(ValueError, match="agent_key_file"):
        signing.signer(config(url="rabbit://u:p@127.0.0.1/"), "h1")
    with pytest.raises(ValueError, match="master_key_file"):
        signing.verifier(config(url="rabbit://u:p@127.0.0.1/"))
    (tmp_path / "short").write_text("short\n")
    with pytest.raises(ValueError, match="at least"):
        signing.verifier(config(master_key_file=str(tmp_path / "short")))
    assert signing.verifier(config()).sender({"sender": "h1"}, "answer", {}) == "h1"
