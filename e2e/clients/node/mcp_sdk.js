// The Model Context Protocol's TypeScript SDK: a server of its own making, protected by the SDK's middleware,
// and a client that is given the server's URL and nothing else.
'use strict';

const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { UnauthorizedError } = require('@modelcontextprotocol/sdk/client/auth.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');
const { createMcpExpressApp } = require('@modelcontextprotocol/sdk/server/express.js');
const { InvalidTokenError } = require('@modelcontextprotocol/sdk/server/auth/errors.js');
const {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthMetadataRouter,
} = require('@modelcontextprotocol/sdk/server/auth/router.js');
const { requireBearerAuth } = require('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js');
const { run } = require('./check');
const { Person } = require('./person');
const { discovered } = require('./openid');

const REDIRECT_URI = 'http://127.0.0.1:49152/callback';

// Asks the authorization server about each token, under the credentials of a resource server.
async function verifier(stage) {
  const { client, config } = await discovered(stage, 'mcp');
  const told = [];
  const verifyAccessToken = async (token) => {
    const answer = await client.tokenIntrospection(config, token);
    told.push(answer);
    if (!answer.active) throw new InvalidTokenError('The token is not active');
    const { client_id: clientId, scope = '', exp: expiresAt, aud } = answer;
    const [resource] = [aud].flat().map((audience) => new URL(audience));
    return { token, clientId, scopes: scope.split(' ').filter(Boolean), expiresAt, resource };
  };
  return { verifyAccessToken, told, metadata: config.serverMetadata() };
}

// One tool, which tells who asked.
function tools() {
  const server = new McpServer({ name: 'orders', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Who asks' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: `${authInfo.clientId} ${authInfo.resource}` }],
  }));
  return server;
}

async function listening(stage) {
  const asked = await verifier(stage);
  const resourceServerUrl = new URL(stage.resource);
  const app = createMcpExpressApp();
  app.use(mcpAuthMetadataRouter({ oauthMetadata: asked.metadata, resourceServerUrl }));
  const guard = requireBearerAuth({
    verifier: asked,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resourceServerUrl),
    expectedResource: resourceServerUrl,
  });
  app.post(resourceServerUrl.pathname, guard, async (request, response) => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on('close', () => transport.close());
    await tools().connect(transport);
    await transport.handleRequest(request, response, request.body);
  });
  app.get(resourceServerUrl.pathname, guard, (_, response) => response.status(405).end());
  const http = await new Promise((resolve, reject) => {
    const server = app.listen(resourceServerUrl.port, resourceServerUrl.hostname, (error) =>
      error ? reject(error) : resolve(server),
    );
  });
  return { http, told: asked.told };
}

// What a host application keeps for the SDK, and no decision of its own.
class Provider {
  redirectUrl = REDIRECT_URI;
  kept = {};

  constructor(method) {
    this.clientMetadata = {
      client_name: 'An assistant',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: method,
    };
  }

  state = () => 'a-state-of-its-own';
  clientInformation = () => this.kept.client;
  saveClientInformation = (client) => void (this.kept.client = client);
  tokens = () => this.kept.tokens;
  saveTokens = (tokens) => void (this.kept.tokens = tokens);
  codeVerifier = () => this.kept.verifier;
  saveCodeVerifier = (verifier) => void (this.kept.verifier = verifier);
  redirectToAuthorization = (url) => void (this.kept.url = url);
}

// The transport's own fetch, which tells what it is asked for.
function recording(urls) {
  return (url, init) => {
    urls.push({ url: new URL(url), init });
    return fetch(url, init);
  };
}

function connection(stage, provider, urls) {
  const options = { authProvider: provider, fetch: recording(urls) };
  const transport = new StreamableHTTPClientTransport(new URL(stage.resource), options);
  return { transport, client: new Client({ name: 'assistant', version: '1.0.0' }) };
}

async function whoami(client) {
  const { content } = await client.callTool({ name: 'whoami' });
  return content[0].text;
}

// RFC 8414 §3.1: the well-known path stands before the issuer's own.
function discoveredAt(issuer) {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`;
}

function asked(the, stage, provider, urls) {
  const { origin, pathname } = new URL(stage.resource);
  const at = (url) => urls.filter((request) => request.url.href === url);
  the.same('RFC 9728', at(`${origin}/.well-known/oauth-protected-resource${pathname}`).length, 1);
  the.same('RFC 8414', at(discoveredAt(stage.issuer)).length, 1);
  the.same('nothing else is looked for', urls.filter(({ url }) => /openid-conf/.test(url)).length, 0);
  const [registered] = at(`${stage.issuer}/oauth2/register`);
  the.same('no scope registered', 'scope' in JSON.parse(registered.init.body), false);
  const { searchParams } = provider.kept.url;
  the.same('resource', searchParams.get('resource'), stage.resource);
  the.same('no scope asked for', searchParams.has('scope'), false);
  the.same('PKCE', searchParams.get('code_challenge_method'), 'S256');
}

async function flow(stage, the, method, told) {
  const [provider, urls] = [new Provider(method), []];
  const first = connection(stage, provider, urls);
  const stopped = await the.fails('no token yet', first.client.connect(first.transport));
  the.holds('no token yet', stopped instanceof UnauthorizedError, stopped?.message);
  asked(the, stage, provider, urls);
  const secret = provider.kept.client.client_secret;
  the.same('secret', typeof secret, method === 'none' ? 'undefined' : 'string');

  const person = new Person(stage);
  const back = await person.goes(provider.kept.url, REDIRECT_URI);
  the.same('pages', person.pressed, ['login', 'allow']);
  the.same('state', back.searchParams.get('state'), 'a-state-of-its-own');
  the.same('iss', back.searchParams.get('iss'), stage.issuer);
  await first.transport.finishAuth(back.searchParams.get('code'));
  const exchanged = urls.at(-1);
  the.same('exchanged at', exchanged.url.href, `${stage.issuer}/oauth2/token`);
  the.same('for', exchanged.init.body.get('resource'), stage.resource);

  const { client, transport } = connection(stage, provider, urls);
  await client.connect(transport);
  const { client_id } = provider.kept.client;
  the.same('whoami', await whoami(client), `${client_id} ${stage.resource}`);
  const { active, aud, iss } = told.at(-1);
  the.same('introspected', { active, aud, iss, client_id: told.at(-1).client_id }, {
    active: true,
    aud: stage.resource,
    iss: stage.issuer,
    client_id,
  });
  await refreshed(stage, the, provider, client, told);
  await elsewhere(stage, the, provider);
  await client.close();
}

// An access token that is good no more is replaced by the SDK on its own.
async function refreshed(stage, the, provider, client, told) {
  const { access_token, refresh_token } = provider.kept.tokens;
  const api = await discovered(stage, 'mcp');
  provider.kept.tokens = { ...provider.kept.tokens, access_token: `${access_token}x` };
  const name = `${provider.kept.client.client_id} ${stage.resource}`;
  the.same('whoami, refreshed', await whoami(client), name);
  the.same('seen dead, then alive', told.slice(-2).map(({ active }) => active), [false, true]);
  const now = provider.kept.tokens;
  the.holds('another access token', now.access_token !== access_token);
  the.holds('another refresh token', now.refresh_token && now.refresh_token !== refresh_token);
  const { aud } = await api.client.tokenIntrospection(api.config, now.access_token);
  the.same('for the same resource', aud, stage.resource);
}

// The token is for that resource alone, so no other resource server hears of it.
async function elsewhere(stage, the, provider) {
  const other = await discovered(stage, 'other');
  const { access_token } = provider.kept.tokens;
  const answer = await other.client.tokenIntrospection(other.config, access_token);
  the.same('at another resource server', answer, { active: false });
}

run(async (stage, the) => {
  const { http, told } = await listening(stage);
  try {
    for (const method of ['none', 'client_secret_post']) await flow(stage, the, method, told);
  } finally {
    http.close();
    http.closeAllConnections();
  }
});
