"""Why tests of tempest do not pass, by patterns of their names; the first that fits is taken. Data. A test that passes
is not looked up, so that a row which is no longer true does no harm."""

CAUSES: tuple[tuple[str, str], ...] = (
    (r"OAUTHConsumers", "OAuth 1 is not offered"),
    (r"DomainConfiguration",
     "all domains have their users in the one database: there are no drivers of domains to set up"),
    (r"image.*(Locations|LocationImport|HashCalculationRemote)",
     "data that lie elsewhere are not offered as an image: hosts boot nothing whose digest is not known"),
    (r"image.*(MultiStores|StoreWeight)", "there is one store of images"),
    (r"ImagesFormatTest",
     "tempest wants a manifest made by os-test-images; ``tests/functional/test_image_formats.py`` sends such images"),
    (r"test_image_tasks_create", "tempest skips it for a bug of its own (2030527)"),
    (r"test_remote_and_self_cache", "the second name of the image API leads to the same host, which has one cache"),
    (r"test_image_volume_server_snapshot_dependency",
     "a server that starts from a volume is not made an image of, and volumes have no snapshots"),
    (r"VolumesAssistedSnapshots|VolumesSnapshotsTest", "snapshots of volumes are not built yet"),
    (r"StableRescue|StableDeviceRescue", "rescue keeps no order of disks"),
    (r"test_resize_volume_backed_server_confirm", "a server that starts from a volume keeps its size and its host"),
    (r"AttachVolumeShelveTest", "volumes do not go to another host with a server yet: it is shelved without any"),
    (r"MultiAttach|multiattach", "a volume has one server at a time"),
    (r"LiveMigration|LiveAutoBlock|live_migration", "live migration is not built yet"),
    (r"AttachInterfaces",
     "interfaces are not added to servers that are there yet (addresses are); tempest wants a network, a router and a "
     "floating address of the project's own, and ssh into the guest, which a fake has not"),
)  # fmt: skip

# the same by a failed test's last words, where no name fits
WORDS: tuple[tuple[str, str], ...] = (
    (r"The resource could not be found|Details: 405$", "a route that is not built"),
    (r"Limits are set for projects", "quotas of users within a project are not kept"),
    (r"There is no such action", "an action of servers that is not built"),
    (r"is not supported by the API. Minimum", "a microversion above 2.96"),
    (r"network:networks:create", "tenants have no networks of their own yet"),
)
