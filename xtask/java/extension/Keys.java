import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.spi.EdcException;
import org.eclipse.edc.spi.security.Vault;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/**
 * Puts a fresh key pair into EDC's vault, which is a map in memory and empty at the start. Without a key its data plane signs no token,
 * so that no pull ever starts. The aliases are those that EDC's settings name.
 */
public class Keys implements ServiceExtension {
    @Inject
    private Vault vault;

    @Override
    public void initialize(ServiceExtensionContext context) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            var pair = generator.generateKeyPair();
            store("private-key", "PRIVATE KEY", pair.getPrivate());
            store("public-key", "PUBLIC KEY", pair.getPublic());
        } catch (GeneralSecurityException cause) {
            throw new EdcException("the key pair cannot be made", cause);
        }
    }

    private void store(String alias, String label, Key key) {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
        vault.storeSecret(alias, "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n")
                .orElseThrow(failure -> new EdcException(failure.getFailureDetail()));
    }
}
