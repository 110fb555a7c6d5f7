import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.eclipse.edc.iam.decentralizedclaims.spi.SecureTokenService;
import org.eclipse.edc.policy.context.request.spi.RequestCatalogPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestContractNegotiationPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestPolicyContext;
import org.eclipse.edc.policy.context.request.spi.RequestTransferProcessPolicyContext;
import org.eclipse.edc.policy.engine.spi.PolicyEngine;
import org.eclipse.edc.policy.model.Policy;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.runtime.metamodel.annotation.Provider;
import org.eclipse.edc.spi.iam.TokenRepresentation;
import org.eclipse.edc.spi.result.Result;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/**
 * What EDC's modules of the Decentralized Claims Protocol leave to whoever assembles it: which credential is asked for with every request,
 * and where EDC's own tokens come from. It holds no keys; its wallet, another connector, makes them. All that is verified, EDC verifies.
 */
public class Claims implements ServiceExtension {
    private static final String SCOPE = "org.eclipse.dspace.dcp.vc.type:MembershipCredential:read";

    @Inject
    private PolicyEngine policyEngine;

    @Override
    public void initialize(ServiceExtensionContext context) {
        policyEngine.registerPostValidator(RequestCatalogPolicyContext.class, Claims::ask);
        policyEngine.registerPostValidator(RequestContractNegotiationPolicyContext.class, Claims::ask);
        policyEngine.registerPostValidator(RequestTransferProcessPolicyContext.class, Claims::ask);
    }

    private static boolean ask(Policy policy, RequestPolicyContext context) {
        context.requestScopeBuilder().scope(SCOPE);
        return true;
    }

    @Provider
    public SecureTokenService tokens(ServiceExtensionContext context) {
        return new Wallet(URI.create(context.getConfig().getString("xinyu.wallet.tokens")), context.getConfig().getString("xinyu.wallet.secret"));
    }

    private record Wallet(URI url, String secret) implements SecureTokenService {
        @Override
        public Result<TokenRepresentation> createToken(String participant, Map<String, Object> claims, String scope) {
            var wish = new LinkedHashMap<String, String>();
            wish.put("client_id", "wallet");
            wish.put("client_secret", secret);
            wish.put("audience", String.valueOf(claims.get("aud")));
            if (scope != null) {
                wish.put("bearer_access_scope", scope);
            }
            if (claims.get("token") != null) {
                wish.put("token", String.valueOf(claims.get("token")));
            }
            var form = wish.entrySet().stream()
                    .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                    .collect(Collectors.joining("&"));
            var request = HttpRequest.newBuilder(url).header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form)).build();
            try {
                var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    return Result.failure("the wallet gives no token: " + answer.statusCode());
                }
                var token = new ObjectMapper().readTree(answer.body()).get("access_token").asText();
                return Result.success(TokenRepresentation.Builder.newInstance().token(token).build());
            } catch (IOException cause) {
                return Result.failure("the wallet cannot be reached: " + cause.getMessage());
            } catch (InterruptedException cause) {
                Thread.currentThread().interrupt();
                return Result.failure("interrupted");
            }
        }
    }
}
