"""A transformation that writes one field in capitals."""

from caisson_sdk import NON_EMPTY, ConfigDef, ConfigKey, Struct, Transformation, Type, export


class MyPlugin(Transformation):
    """Writes one field in capitals."""

    class_name = "com.example.MyPlugin"
    config = ConfigDef(ConfigKey("field", Type.STRING, "The field to write in capitals.", validators=(NON_EMPTY,)))

    def configure(self, config):
        self.field = config["field"]

    def apply(self, record):
        # A value is decoded when it is first looked at; a record that is not touched passes as the bytes it came as.
        value = record.value
        if isinstance(value, (dict, Struct)):
            text = value.get(self.field)
            if isinstance(text, str):
                value[self.field] = text.upper()
        return record


export(MyPlugin, version="0.1.0")
