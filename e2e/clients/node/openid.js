// openid-client, set up for one of the stage's clients with every check that it has.
'use strict';

const crypto = require('crypto');

// It is an ES module alone, and those do not look at NODE_PATH.
const library = import(require.resolve('openid-client'));

// How each of the stage's clients says who it is.
const METHODS = {
  basic: (client, { secret }) => client.ClientSecretBasic(secret),
  post: (client, { secret }) => client.ClientSecretPost(secret),
  jwt: (client, { secret }) => client.ClientSecretJwt(secret),
  key: async (client, { private_key: pem }) => client.PrivateKeyJwt(await signingKey(pem)),
  none: (client) => client.None(),
};

function signingKey(pem) {
  const der = crypto.createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  return crypto.webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

// The library, and its configuration for the client of that name.
async function discovered(stage, name) {
  const client = await library;
  const about = stage.clients[name];
  const method = await METHODS[about.method](client, about);
  const options = { execute: [client.enableNonRepudiationChecks] };
  const config = await client.discovery(new URL(stage.issuer), about.id, undefined, method, options);
  return { client, config, about };
}

// A request with all that protects it, and what is checked of its answer.
async function request(client, config, parameters) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  return {
    parameters: {
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...parameters,
    },
    checks: { pkceCodeVerifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
  };
}

// The whole way of a person through the code flow.
async function signedIn({ client, config, about }, person, more = {}) {
  const { parameters, checks } = await request(client, config, {
    redirect_uri: about.redirect_uri,
    scope: about.scope,
    ...more,
  });
  const url = client.buildAuthorizationUrl(config, parameters);
  const back = await person.goes(url, about.redirect_uri);
  return { back, tokens: await client.authorizationCodeGrant(config, back, checks) };
}

// The OAuth error by which a promise must fail.
async function refused(the, what, promise) {
  const error = await the.fails(what, promise);
  return error?.error ?? error?.cause?.[0]?.parameters?.error ?? `${error?.message}`;
}

module.exports = { discovered, request, signedIn, signingKey, refused };
