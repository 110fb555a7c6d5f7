import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;
import org.eclipse.edc.web.jetty.JettyService;

/** Binds all of EDC's ports to the loopback address: it has no setting for that and would listen to the whole network. */
public class Loopback implements ServiceExtension {
    @Inject
    private JettyService jetty;

    @Override
    public void initialize(ServiceExtensionContext context) {
        jetty.addConnectorConfigurationCallback(connector -> connector.setHost("127.0.0.1"));
    }
}
