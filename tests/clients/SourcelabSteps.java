import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.sourcelab.kafka.connect.apiclient.Configuration;
import org.sourcelab.kafka.connect.apiclient.KafkaConnectClient;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigDefinition;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorStatus;
import org.sourcelab.kafka.connect.apiclient.request.dto.NewConnectorDefinition;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.InvalidRequestException;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.ResourceNotFoundException;

/** Every step of a connector's life through org.sourcelab's client; prints what the client returned, as JSON. */
public final class SourcelabSteps {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Map<String, Object>> STEPS = new ArrayList<>();
    private static KafkaConnectClient client;

    private static void step(String name, Callable<Object> call) throws Exception {
        Object result;
        try {
            result = JSON.valueToTree(call.call());
        } catch (InvalidRequestException error) {
            result = Map.of("raised", error.getClass().getSimpleName(), "message", error.getMessage());
        }
        Map<String, Object> step = new LinkedHashMap<>();
        step.put("step", name);
        step.put("result", result);
        STEPS.add(step);
    }

    private static void awaitStates(String connector, String... tasks) throws Exception {
        long end = System.nanoTime() + 60_000_000_000L;
        while (true) {
            String seen;
            try {
                ConnectorStatus status = client.getConnectorStatus("java");
                List<String> states = status.getTasks().stream().map(task -> task.getState()).collect(Collectors.toList());
                seen = status.getConnector().get("state") + states;
            } catch (ResourceNotFoundException error) {
                seen = "not there";
            }
            if (seen.equals(connector + List.of(tasks))) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the connector is not " + connector + List.of(tasks) + " but " + seen);
            }
            Thread.sleep(50);
        }
    }

    /** Errors of a validation, by key. */
    private static Object validate(Map<String, String> config) throws Exception {
        var results = client.validateConnectorPluginConfig(new ConnectorPluginConfigDefinition("FileStreamSource", config));
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("name", results.getName());
        told.put("errorCount", results.getErrorCount());
        told.put("groups", results.getGroups());
        told.put("configs", results.getConfigs());
        return told;
    }

    public static void main(String[] arguments) throws Exception {
        client = new KafkaConnectClient(new Configuration(arguments[0]));
        Map<String, String> config = new TreeMap<>(Map.of(
            "connector.class", "FileStreamSource", "tasks.max", "1", "file", arguments[1], "topic", arguments[2]));
        Map<String, String> named = new TreeMap<>(config);
        named.put("name", "java");
        Map<String, String> wrong = new TreeMap<>(named);
        wrong.put("tasks.max", "none");
        Map<String, String> changed = new TreeMap<>(config);
        changed.put("batch.size", "7");

        step("plugins", () -> client.getConnectorPlugins().stream()
            .filter(plugin -> plugin.getClassName().startsWith("org.apache.kafka.connect.file.")).collect(Collectors.toList()));
        step("validate", () -> validate(named));
        step("validate what is wrong", () -> validate(wrong));
        step("create", () -> client.addConnector(new NewConnectorDefinition("java", config)));
        awaitStates("RUNNING", "RUNNING");
        step("create again", () -> client.addConnector(new NewConnectorDefinition("java", config)));
        step("list", () -> client.getConnectors());
        step("list with info", () -> client.getConnectorsWithExpandedInfo().getMappedDefinitions());
        step("list with status", () -> client.getConnectorsWithExpandedStatus().getMappedStatuses());
        step("list with all", () -> client.getConnectorsWithAllExpandedMetadata().getConnectorNames());
        step("get", () -> client.getConnector("java"));
        step("get one that is not there", () -> client.getConnector("nope"));
        step("status", () -> client.getConnectorStatus("java"));
        step("update", () -> client.updateConnectorConfig("java", changed));
        step("config", () -> client.getConnectorConfig("java"));
        long end = System.nanoTime() + 60_000_000_000L;
        while (!"7".equals(client.getConnectorTasks("java").iterator().next().getConfig().get("batch.size")) && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        awaitStates("RUNNING", "RUNNING");
        step("tasks", () -> client.getConnectorTasks("java"));
        step("task status", () -> client.getConnectorTaskStatus("java", 0));
        step("restart task", () -> client.restartConnectorTask("java", 0));
        awaitStates("RUNNING", "RUNNING");
        step("restart task that is not there", () -> client.restartConnectorTask("java", 7));
        step("restart", () -> client.restartConnector("java"));
        awaitStates("RUNNING", "RUNNING");
        step("pause", () -> client.pauseConnector("java"));
        awaitStates("PAUSED", "PAUSED");
        step("status when paused", () -> client.getConnectorStatus("java"));
        step("resume", () -> client.resumeConnector("java"));
        awaitStates("RUNNING", "RUNNING");
        step("topics", () -> client.getConnectorTopics("java"));
        step("reset topics", () -> client.resetConnectorTopics("java"));
        step("stop", () -> client.stopConnector("java"));
        awaitStates("STOPPED");
        step("status when stopped", () -> client.getConnectorStatus("java"));
        step("delete", () -> client.deleteConnector("java"));
        step("delete again", () -> client.deleteConnector("java"));
        System.out.println(JSON.writeValueAsString(STEPS));
    }
}
