"""The resources of interface `stages`."""

from caisson_host import crossing, told
from caisson_sdk import chain
from wit_world.exports import stages
from wit_world.imports import caisson_connect_types as types


class Chain:
    @classmethod
    @told
    def open(cls, specs):
        made = cls()
        made.chain = chain.Chain([_stage(spec) for spec in specs])
        return made

    @told
    def apply(self, batch):
        outcome = self.chain.apply(batch)
        failed = [types.Failure(failure.id, failure.stage, crossing(failure.error)) for failure in outcome.failed]
        return stages.Outcome(outcome.batch, outcome.dropped, failed)


class Test:
    @classmethod
    @told
    def open(cls, predicate):
        made = cls()
        made.gate = chain.Gate(_predicate(predicate))
        return made

    @told
    def apply(self, batch):
        return self.gate.apply(batch)


def _stage(spec):
    predicate = None if spec.predicate is None else _predicate(spec.predicate)
    return chain.StageSpec(spec.kind, spec.class_, spec.role, dict(spec.config), predicate)


def _predicate(spec):
    return chain.PredicateSpec(spec.class_, dict(spec.config), spec.negate)
