"""A predicate: admits records whose amount is above a bound."""

from decimal import Decimal

from caisson_sdk import ConfigDef, ConfigKey, Predicate, Struct, Type, at_least, export


class IsLarge(Predicate):
    """Admits records whose field `amount` is above a bound."""

    class_name = "com.example.IsLarge"
    config = ConfigDef(ConfigKey("above", Type.DOUBLE, "The bound.", default=1000, validators=(at_least(0),)))

    def configure(self, config):
        self.above = config["above"]

    def test(self, record):
        value = record.value
        amount = value.get("amount") if isinstance(value, (dict, Struct)) else None
        return isinstance(amount, (int, float, Decimal)) and amount > self.above


export(IsLarge, version="1.0.0")
