// openid-client: clients that register themselves (RFC 7591), work, and manage themselves (RFC 7592).
'use strict';

const crypto = require('crypto');
const { run } = require('./check');
const { Person } = require('./person');
const { discovered, refused, signedIn } = require('./openid');

const REDIRECT_URI = 'https://registered.example/cb';

// How a client that registered so says who it is, and what it registers for that.
const METHODS = {
  client_secret_basic: async (client) => ({ says: client.ClientSecretBasic() }),
  client_secret_post: async (client) => ({ says: client.ClientSecretPost() }),
  private_key_jwt: async (client) => {
    const { publicKey, privateKey } = await client.randomDPoPKeyPair();
    const { kty, crv, x, y } = await crypto.webcrypto.subtle.exportKey('jwk', publicKey);
    return { says: client.PrivateKeyJwt(privateKey), jwks: { keys: [{ kty, crv, x, y }] } };
  },
  none: async (client) => ({ says: client.None() }),
};

function metadata(method, jwks) {
  return {
    ...(jwks && { jwks }),
    client_name: `Registered by ${method}`,
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: 'openid email offline_access',
    token_endpoint_auth_method: method,
  };
}

// None where everybody may.
function rights({ initial_access_token }) {
  return initial_access_token ? { initialAccessToken: initial_access_token } : undefined;
}

async function registered(stage, the, client, method) {
  const { says, jwks } = await METHODS[method](client);
  const made = metadata(method, jwks);
  const config = await client.dynamicClientRegistration(new URL(stage.issuer), made, says, rights(stage));
  const told = config.clientMetadata();
  for (const [name, value] of Object.entries(made)) the.same(`${method}: ${name}`, told[name], value);
  const secret = method.startsWith('client_secret') ? 'string' : 'undefined';
  the.same(`${method}: secret`, typeof told.client_secret, secret);
  const about = { id: told.client_id, redirect_uri: REDIRECT_URI, scope: made.scope };
  return { client, config, about };
}

async function works(stage, the, method, own) {
  const { client, config, about } = own;
  const person = new Person(stage);
  const { tokens } = await signedIn(own, person);
  the.same(`${method}: pages`, person.pressed, ['login', 'allow']);
  the.same(`${method}: aud`, tokens.claims().aud, about.id);
  const next = await client.refreshTokenGrant(config, tokens.refresh_token);
  the.holds(`${method}: refreshed`, next.access_token !== tokens.access_token);
  return next;
}

// What it read it sends back, with another name.
async function manages(the, method, { client, config, about }) {
  const { registration_client_uri: uri, registration_access_token: token } = config.clientMetadata();
  const asked = (bearer, verb, body) => {
    const headers = new Headers(body && { 'content-type': 'application/json' });
    return client.fetchProtectedResource(config, bearer, new URL(uri), verb, body, headers);
  };
  const read = await (await asked(token, 'GET')).json();
  the.same(`${method}: read`, read.client_id, about.id);
  const { registration_access_token, registration_client_uri, client_id_issued_at, ...sent } = read;
  delete sent.client_secret_expires_at;
  const changed = await asked(
    read.registration_access_token ?? token,
    'PUT',
    JSON.stringify({ ...sent, client_name: 'Another name' }),
  );
  const told = await changed.json();
  the.same(`${method}: changed`, told.client_name, 'Another name');
  const last = told.registration_access_token ?? read.registration_access_token ?? token;
  the.same(`${method}: deleted`, (await asked(last, 'DELETE')).status, 204);
  const gone = await the.fails(`${method}: gone`, asked(last, 'GET'));
  the.same(`${method}: gone`, gone?.status, 401);
}

async function ofOneMethod(stage, the, client, method) {
  const own = await registered(stage, the, client, method);
  const tokens = await works(stage, the, method, own);
  await manages(the, method, own);
  // With the client goes what it was given (RFC 7592 §2.3).
  const api = await discovered(stage, 'api');
  const dead = await client.tokenIntrospection(api.config, tokens.access_token);
  the.same(`${method}: its tokens`, dead, { active: false });
}

run(async (stage, the) => {
  const { client } = await discovered(stage, 'basic');
  for (const method of Object.keys(METHODS)) await ofOneMethod(stage, the, client, method);
  const bad = { ...metadata('none'), redirect_uris: ['http://registered.example/cb'] };
  const register = (made, how) =>
    client.dynamicClientRegistration(new URL(stage.issuer), made, client.None(), how);
  const heard = await refused(the, 'plain http', register(bad, rights(stage)));
  the.same('plain http', heard, 'invalid_redirect_uri');
  if (!stage.initial_access_token) return;
  const unasked = await the.fails('no initial access token', register(metadata('none')));
  the.same('no initial access token', unasked?.status, 401);
});
