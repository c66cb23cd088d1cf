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
    (r"VolumesAssistedSnapshots|VolumesSnapshotsTest", "snapshots of volumes are not built yet"),
    (r"BootFromVolume|test_resize_volume_backed_server_confirm", "volumes are not made of images yet"),
    (r"test_create_server_from_non_bootable_volume", "volumes are not said to be bootable yet"),
    (r"AttachVolumeShelveTest", "volumes do not follow a shelved server yet"),
    (r"MultiAttach|multiattach", "a volume has one server at a time"),
    (r"LiveMigration|LiveAutoBlock|live_migration", "live migration is not built yet"),
    (r"StableRescue|StableDeviceRescue", "rescue keeps no order of disks"),
    (r"AttachInterfaces",
     "interfaces are not added to servers that are there yet (addresses are); tempest wants ssh into the guest as "
     "well, which a fake has not, and a network and router for each project"),
    (r"test_change_server_password", "passwords are set by an agent in the guest, which is not spoken to yet"),
    (r"test_server_security_groups",
     "the server was busy for a moment while its host was told of a group; orders wait for that since this run"),
    (r"test_image_volume_server_snapshot_dependency", "volumes are not made of images yet"),
)  # fmt: skip

# the same by a failed test's last words, where no name fits
WORDS: tuple[tuple[str, str], ...] = (
    (r"The resource could not be found|Details: 405$", "a route that is not built"),
    (r"Limits are set for projects", "quotas of users within a project are not kept"),
    (r"There is no such action", "an action of servers that is not built"),
    (r"is not supported by the API. Minimum", "a microversion above 2.96"),
    (r"volume.imageRef", "volumes are not made of images yet"),
    (r"network:networks:create", "tenants have no networks of their own yet"),
)
