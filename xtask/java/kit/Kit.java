import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

import org.eclipse.dataspacetck.core.system.ConsoleMonitor;
import org.eclipse.dataspacetck.runtime.TckRuntime;

/**
 * Runs an official kit: its own main programs end with success whatever failed, and not all of them count. Arguments: a file of
 * properties, then the packages of tests. The kit says `SUCCESSFUL: CN:01-01` or `FAILED: CN:01-01` for each test; at the end come
 * our lines `kit failure: NAME: CAUSE`, one for each failure (a class that cannot start is one too, and no test), then `kit passed: N`
 * and `kit failed: N`.
 */
class Kit {
    public static void main(String[] arguments) throws Exception {
        var properties = new Properties();
        try (var file = Files.newBufferedReader(Path.of(arguments[0]))) {
            properties.load(file);
        }
        var debug = Boolean.parseBoolean(properties.getProperty("dataspacetck.debug", "false"));
        var runtime = TckRuntime.Builder.newInstance().monitor(new ConsoleMonitor(debug, false));
        properties.forEach((key, value) -> runtime.property(key.toString(), value.toString()));
        List.of(arguments).subList(1, arguments.length).forEach(runtime::addPackage);

        var summary = runtime.build().execute();

        summary.getFailures().forEach(failure -> failure.getException().printStackTrace(System.out));
        summary.getFailures().forEach(failure -> System.out.println("kit failure: " + failure.getTestIdentifier().getDisplayName() + ": "
                + String.valueOf(failure.getException()).lines().findFirst().orElse("")));
        System.out.println("kit passed: " + summary.getTestsSucceededCount());
        System.out.println("kit failed: " + summary.getTestsFailedCount());
        // What the kit started may keep the machine alive.
        System.exit(0);
    }
}
