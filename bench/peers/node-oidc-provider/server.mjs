// node-oidc-provider as its documentation sets it up for a service: client_credentials and introspection,
// opaque tokens for one resource (RFC 8707) in its own memory adapter. Arguments: port, client secret, resource.

import { Provider } from 'oidc-provider';

const [port, secret, resource] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'bench',
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'read',
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  scopes: ['read'],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'read', audience: resource, accessTokenFormat: 'opaque' }),
    },
  },
});
provider.listen(Number(port), '127.0.0.1');
