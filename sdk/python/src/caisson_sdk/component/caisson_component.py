"""The app that componentize-py wraps: the manifest, and what stands behind the other interfaces.

`caisson_plugins` is written by `caisson build`; it imports the module that the project's `caisson.json` names.
"""

import logging

import caisson_host
import caisson_plugins  # noqa: F401
import sink_connector  # noqa: F401
import sink_task  # noqa: F401
import source_connector  # noqa: F401
import source_task  # noqa: F401
import stages  # noqa: F401
from caisson_sdk import host, plugin
from caisson_sdk.batch import read_offset_changes
from caisson_sdk.log import WorkerHandler
from wit_world.exports import manifest

host.install(caisson_host.Imports())
logging.root.addHandler(WorkerHandler())
logging.root.setLevel(logging.INFO)


class Manifest:
    def plugins(self):
        plugins, version = plugin.exported()
        return [_described(each, version) for each in plugins]

    def validate(self, class_, kind, config):
        originals = dict(config)
        for each in plugin.exported()[0]:
            if each.kind == kind and each.is_named(class_):
                return _findings(each, originals)
        return []


class SourceConnector:
    @caisson_host.told
    def alter_offsets(self, class_, config, offsets):
        return plugin.find("source", class_).alter_offsets(dict(config), read_offset_changes(offsets))

    @caisson_host.told
    def exactly_once_support(self, class_, config):
        support = plugin.find("source", class_).exactly_once_support(dict(config))
        return None if support is None else "supported" if support else "unsupported"

    @caisson_host.told
    def can_define_transaction_boundaries(self, class_, config):
        return plugin.find("source", class_).can_define_transaction_boundaries(dict(config))


class SinkConnector:
    @caisson_host.told
    def alter_offsets(self, class_, config, offsets):
        return plugin.find("sink", class_).alter_offsets(dict(config), read_offset_changes(offsets))


class SourceTask:
    pass


class SinkTask:
    pass


class Stages:
    pass


def _described(each, version):
    capabilities = list(each.capabilities)
    if any(key.check is not None for key in each.config) and "validate" not in capabilities:
        capabilities.append("validate")
    return manifest.Plugin(
        class_=each.full_name(),
        aliases=list(each.aliases),
        kind=each.kind,
        version=each.version or version,
        documentation=each.documentation(),
        config=[_key(key) for key in each.config],
        resources=[manifest.ResourceKey(key.name, key.access.value) for key in each.config if key.access is not None],
        capabilities=capabilities,
    )


def _key(key):
    return manifest.ConfigKey(
        name=key.name,
        type=key.type.value,
        default=key.default_text,
        required=key.required,
        validators=[pair for validator in key.validators for pair in validator.data],
        importance=key.importance.value,
        documentation=key.documentation,
        group=key.group,
        order_in_group=key.order,
        width=key.width.value,
        display_name=key.display_name or key.name,
        dependents=list(key.dependents),
        recommended=list(key.recommended),
        options=[("class", name) for name in key.classes],
    )


def _findings(each, originals):
    errors = {}
    for key in each.config:
        if key.check is not None:
            try:
                key.parse(originals.get(key.name))
            except Exception as error:
                errors.setdefault(key.name, []).append(str(error))
    for name, told in each.validate(originals).items():
        errors.setdefault(name, []).append(told)
    return [manifest.ConfigValue(name, told, [], True) for name, told in errors.items()]
