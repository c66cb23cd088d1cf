"""The verbs of the cloud, one module a noun. `Services` is what a request finds them by; `build` makes them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Nouns = dict[str, Any]  # of Services


@dataclass(frozen=True)
class Services:
    policy: Any
    identity: Any
    flavors: Any
    keypairs: Any
    hosts: Any
    aggregates: Any
    groups: Any
    limits: Any
    tags: Any
    images: Any
    image_data: Any
    image_links: Any
    image_copies: Any
    image_members: Any
    image_imports: Any
    image_tasks: Any
    image_cache: Any
    metadefs: Any
    networks: Any
    subnets: Any
    ports: Any
    security_groups: Any
    volumes: Any
    instances: Any
    soft_deletes: Any
    consoles: Any
    instance_options: Any
    memberships: Any
    fixed_addresses: Any
    launch_templates: Any
    instance_locks: Any
    snapshots: Any
    shelving: Any
    instance_words: Any
    moves: Any
    usages: Any
    webhooks: Any
    lifecycle: Any
    attachments: Any
    resizing: Any
    evacuating: Any
    quotas: Any
    once: Any


def build(conf: Any, db: Any, wake: Callable[[list[str]], Any] = lambda flows: None, compute: Any = None) -> Services:
    """All services over one database. `wake` tells a scheduler of new flows and may lose them; `compute` is the bus
    client of compute agents, None where there is no bus."""
    from nova_like.services.identity import Identity
    from nova_like.services.identity_keys import Keys
    from nova_like.services.once import Once
    from nova_like.services.policy import Policy
    from nova_like.services.quotas import Quotas
    from nova_like.services.tags import Tags

    policy, quotas = Policy(conf), Quotas(conf)
    return Services(
        policy=policy,
        identity=Identity(db, policy, conf),
        tags=Tags(db, policy),
        quotas=quotas,
        once=Once(db, Keys(conf.identity.key_repository)),
        **_images(conf, db, policy),
        **_networks(db, policy, quotas),
        **_operators(conf, db, policy, quotas),
        **_guests(conf, db, policy, quotas, wake, compute),
    )


def _guests(conf: Any, db: Any, policy: Any, quotas: Any, wake: Callable[[list[str]], Any], compute: Any) -> Nouns:
    """Servers, and what they are made of."""
    from nova_like.flows.notifying import notify_of
    from nova_like.flows.start import Starter
    from nova_like.services.attachments import Attachments
    from nova_like.services.backlog import Backlog
    from nova_like.services.booting import Booting
    from nova_like.services.consoles import Consoles
    from nova_like.services.evacuating import Evacuating
    from nova_like.services.fixed_addresses import FixedAddresses
    from nova_like.services.flavors import Flavors
    from nova_like.services.instance_locks import InstanceLocks
    from nova_like.services.instance_options import InstanceOptions
    from nova_like.services.instance_words import InstanceWords
    from nova_like.services.instances import Instances
    from nova_like.services.keypairs import Keypairs
    from nova_like.services.launch_templates import LaunchTemplates
    from nova_like.services.lifecycle import Lifecycle
    from nova_like.services.memberships import Memberships
    from nova_like.services.resizing import Resizing
    from nova_like.services.shelving import Shelving
    from nova_like.services.snapshots import Snapshots
    from nova_like.services.soft_deletes import SoftDeletes
    from nova_like.services.usages import Usages
    from nova_like.services.volumes import Volumes

    starter, backlog = Starter(wake, notify_of(conf)), Backlog(conf.api.max_live_flows)
    instances = Instances(db, policy, starter, Booting(db, policy, starter, quotas, backlog), compute)
    snapshots, kept_seconds = Snapshots(instances, policy), conf.reclaim_instance_interval
    return {
        "flavors": Flavors(db, policy),
        "keypairs": Keypairs(db, policy, quotas.defaults["key_pairs"]),
        "volumes": Volumes(db, policy, quotas, starter, backlog),
        "instances": instances,
        "soft_deletes": SoftDeletes(db, policy, instances, starter, quotas, kept_seconds),
        "consoles": Consoles(db, policy, conf.console.public_url, conf.console.token_ttl_seconds),
        "attachments": Attachments(db, policy, instances),
        "instance_locks": InstanceLocks(db, policy),
        "instance_words": InstanceWords(db, policy, compute),
        "usages": Usages(db, policy),
        "memberships": Memberships(db, policy, starter),
        "fixed_addresses": FixedAddresses(db, policy, starter),
        "instance_options": InstanceOptions(db, policy, starter),
        "launch_templates": LaunchTemplates(db, policy),
        "lifecycle": Lifecycle(instances),
        "snapshots": snapshots,
        "shelving": Shelving(instances, snapshots, policy),
        "resizing": Resizing(instances, quotas),
        "evacuating": Evacuating(instances, conf.scheduler.host_down_seconds),
    }


def _operators(conf: Any, db: Any, policy: Any, quotas: Any) -> Nouns:
    """Hosts and how they are grouped, what may be used and what is."""
    from nova_like.services.aggregates import Aggregates
    from nova_like.services.groups import Groups
    from nova_like.services.hosts import Hosts
    from nova_like.services.limits import Limits
    from nova_like.services.moves import Moves
    from nova_like.services.webhooks import Webhooks, rules_of

    return {
        "webhooks": Webhooks(db, policy, conf.notifications.webhook_key, rules_of(conf)),
        "moves": Moves(db, policy),
        "hosts": Hosts(db, policy, conf.scheduler.host_down_seconds),
        "aggregates": Aggregates(db, policy),
        "groups": Groups(db, policy, quotas),
        "limits": Limits(db, policy, quotas.defaults),
    }


def _networks(db: Any, policy: Any, quotas: Any) -> Nouns:
    from nova_like.services.networks import Networks
    from nova_like.services.ports import Ports
    from nova_like.services.security_groups import SecurityGroups
    from nova_like.services.subnets import Subnets

    return {
        "networks": Networks(db, policy),
        "subnets": Subnets(db, policy),
        "ports": Ports(db, policy),
        "security_groups": SecurityGroups(db, policy, quotas),
    }


def _images(conf: Any, db: Any, policy: Any) -> Nouns:
    from pathlib import Path

    from nova_like.images.kept import KeptImages
    from nova_like.images.store import FileStore
    from nova_like.services.image_cache import ImageCache
    from nova_like.services.image_copies import ImageCopies
    from nova_like.services.image_data import ImageData
    from nova_like.services.image_imports import ImageImports, behind
    from nova_like.services.image_intake import Intake, limits_of
    from nova_like.services.image_links import ImageLinks
    from nova_like.services.image_members import ImageMembers
    from nova_like.services.image_sources import sources
    from nova_like.services.image_tasks import ImageTasks
    from nova_like.services.images import Images
    from nova_like.services.metadefs import Metadefs

    store = FileStore(Path(conf.images.path or Path(conf.state_path) / "images"))
    staging = FileStore(f"{store.path}-staged")
    intake = Intake(db, store, staging, limits_of(conf))
    offered = sources(conf, db, store, staging)
    kept = KeptImages(Path(conf.images.cache_path)) if conf.images.cache_path else None
    data = ImageData(db, policy, intake, conf.images.staged_keep_hours * 3600.0, kept)
    return {
        "images": Images(db, policy, store, staging),
        "image_data": data,
        "image_links": ImageLinks(db, data, intake, conf.images.link_key),
        "image_imports": ImageImports(db, policy, intake, offered, behind(conf.images.imports_at_once)),
        "image_tasks": ImageTasks(db, policy),
        "image_cache": ImageCache(db, policy, store, kept, behind(1)),
        "image_copies": ImageCopies(db, policy, store),
        "image_members": ImageMembers(db, policy),
        "metadefs": Metadefs(db, policy),
    }
