"""A transformation: writes stars over one field."""

from caisson_sdk import NON_EMPTY, ConfigDef, ConfigKey, Struct, Transformation, Type, export


class MaskField(Transformation):
    """Writes stars over one field of a map or struct."""

    class_name = "com.example.MaskField"
    config = ConfigDef(ConfigKey("field", Type.STRING, "The field to mask.", validators=(NON_EMPTY,)))

    def configure(self, config):
        self.field = config["field"]

    def apply(self, record):
        value = record.value
        if isinstance(value, (dict, Struct)) and isinstance(value.get(self.field), str):
            value[self.field] = "*" * len(value[self.field])
        return record


export(MaskField, version="1.0.0")
