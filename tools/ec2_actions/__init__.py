"""docs/ec2-actions.rst: what the functional tests asked of EC2's actions, and how they were answered."""
