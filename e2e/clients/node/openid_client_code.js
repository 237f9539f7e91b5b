// openid-client: the code flow of every kind of client, and the life of what it brings.
'use strict';

const { run } = require('./check');
const { Person } = require('./person');
const { discovered, refused, request, signedIn } = require('./openid');

const KINDS = ['basic', 'post', 'jwt', 'key', 'none'];

function ofThePerson(stage, the, kind, { about }, { back, tokens }) {
  the.same(`${kind}: iss beside the code`, back.searchParams.get('iss'), stage.issuer);
  the.same(`${kind}: type`, tokens.token_type, 'bearer');
  the.same(`${kind}: scope`, tokens.scope ?? about.scope, about.scope);
  the.holds(`${kind}: expires_in`, tokens.expires_in > 0, tokens.expires_in);
  const claims = tokens.claims();
  the.same(`${kind}: iss`, claims.iss, stage.issuer);
  the.same(`${kind}: aud`, claims.aud, about.id);
  const age = Date.now() / 1000 - claims.auth_time;
  the.holds(`${kind}: auth_time`, age > -5 && age < 120, claims.auth_time);
  // They belong to UserInfo where there is an access token (OpenID Connect Core §5.4).
  the.same(`${kind}: email in the ID token`, claims.email, undefined);
}

async function ofTheUser(stage, the, kind, { client, config }, { tokens }) {
  const { sub } = tokens.claims();
  const told = await client.fetchUserInfo(config, tokens.access_token, sub);
  const wanted = { sub, name: 'Test Person', email: stage.username, email_verified: true };
  const { name, email, email_verified } = told;
  the.same(`${kind}: userinfo`, { sub: told.sub, name, email, email_verified }, wanted);
}

// Public clients do not introspect; a resource server does for them.
async function introspected(stage, the, kind, own, tokens) {
  const asker = kind === 'none' ? await discovered(stage, 'api') : own;
  return (token) => asker.client.tokenIntrospection(asker.config, token);
}

async function lifeOfTokens(stage, the, kind, own, { tokens }) {
  const { client, config, about } = own;
  const introspect = await introspected(stage, the, kind, own);
  const { sub } = tokens.claims();
  const told = await introspect(tokens.access_token);
  const { active, client_id, scope } = told;
  the.same(`${kind}: introspected`, { active, client_id, scope, sub: told.sub }, {
    active: true,
    client_id: about.id,
    scope: about.scope,
    sub,
  });
  const next = await client.refreshTokenGrant(config, tokens.refresh_token);
  the.holds(`${kind}: another access token`, next.access_token !== tokens.access_token);
  the.holds(`${kind}: another refresh token`, next.refresh_token !== tokens.refresh_token);
  const claims = next.claims();
  the.same(`${kind}: of the same user`, claims?.sub ?? sub, sub);
  the.same(`${kind}: of the same sign-in`, claims?.auth_time, tokens.claims().auth_time);
  the.same(`${kind}: no nonce by refreshing`, claims?.nonce, undefined);
  const narrowed = await client.refreshTokenGrant(config, next.refresh_token, { scope: 'openid' });
  the.same(`${kind}: narrowed`, narrowed.scope, 'openid');
  // Twice is once too often, and costs the whole family (RFC 9700 §4.14.2).
  const reused = client.refreshTokenGrant(config, tokens.refresh_token);
  the.same(`${kind}: used twice`, await refused(the, `${kind}: used twice`, reused), 'invalid_grant');
  const dead = await introspect(narrowed.access_token);
  the.same(`${kind}: the family is dead`, dead, { active: false });
}

async function revoked(stage, the, kind, own, person) {
  const { client, config } = own;
  const introspect = await introspected(stage, the, kind, own);
  const { tokens } = await signedIn(own, person);
  await client.tokenRevocation(config, tokens.access_token);
  the.same(`${kind}: revoked`, await introspect(tokens.access_token), { active: false });
  const next = await client.refreshTokenGrant(config, tokens.refresh_token);
  await client.tokenRevocation(config, next.refresh_token, { token_type_hint: 'refresh_token' });
  the.same(`${kind}: revoked with the grant`, await introspect(next.access_token), { active: false });
  const dead = client.refreshTokenGrant(config, next.refresh_token);
  the.same(`${kind}: revoked grant`, await refused(the, `${kind}: revoked grant`, dead), 'invalid_grant');
  await client.tokenRevocation(config, 'never-issued');
}

async function ofOneKind(stage, the, kind) {
  const own = await discovered(stage, kind);
  const person = new Person(stage);
  const done = await signedIn(own, person);
  the.same(`${kind}: pages`, person.pressed, ['login', 'allow']);
  ofThePerson(stage, the, kind, own, done);
  await ofTheUser(stage, the, kind, own, done);
  await lifeOfTokens(stage, the, kind, own, done);
  await revoked(stage, the, kind, own, person);
  the.same(`${kind}: asked once`, person.pressed, ['login', 'allow']);
}

// A code is good once, for its client, with its verifier; its reuse revokes what it gave (RFC 6749 §4.1.2).
async function codes(stage, the) {
  const own = await discovered(stage, 'basic');
  const { client, config, about } = own;
  const person = new Person(stage);
  const asked = async (what) => {
    const wish = { redirect_uri: about.redirect_uri, scope: about.scope };
    const { parameters, checks } = await request(client, config, wish);
    const url = client.buildAuthorizationUrl(config, parameters);
    return { back: await person.goes(url, about.redirect_uri), checks, what };
  };
  const exchanged = ({ back, checks }, as = config) =>
    client.authorizationCodeGrant(as, new URL(back), checks);
  const of = async (what, promise) => the.same(what, await refused(the, what, promise), 'invalid_grant');

  const twice = await asked();
  const tokens = await exchanged(twice);
  await of('code used twice', exchanged(twice));
  const dead = await client.tokenIntrospection(config, tokens.access_token);
  the.same('what a reused code gave', dead, { active: false });

  const wrong = await asked();
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  await of('another verifier', exchanged({ ...wrong, checks: { ...wrong.checks, pkceCodeVerifier } }));
  const stolen = await asked();
  await of("another client's code", exchanged(stolen, (await discovered(stage, 'post')).config));

  const mixed = await asked();
  const altered = (iss) => {
    const back = new URL(mixed.back);
    if (iss) back.searchParams.set('iss', iss);
    else back.searchParams.delete('iss');
    return { ...mixed, back };
  };
  // The library refuses both because the metadata says that iss comes (RFC 9207 §2.4).
  for (const iss of ['https://attacker.example', undefined]) {
    const error = await the.fails(`iss ${iss}`, exchanged(altered(iss)));
    the.holds(`iss ${iss}`, /"iss"/.test(error?.cause?.message ?? error?.message), error?.message);
  }
  the.holds('the real iss', (await exchanged(mixed)).access_token);
}

// What a client hears when there is no code for it: one that its user has allowed nothing yet.
async function refusals(stage, the) {
  const own = await discovered(stage, 'asking');
  const { client, config, about } = own;
  const person = new Person(stage);
  const heard = async (what, more, how) => {
    const wish = { redirect_uri: about.redirect_uri, scope: about.scope, ...more };
    const { parameters, checks } = await request(client, config, wish);
    const url = client.buildAuthorizationUrl(config, parameters);
    const back = await person.goes(url, about.redirect_uri, how);
    the.same(`${what}: iss`, back.searchParams.get('iss'), stage.issuer);
    return refused(the, what, client.authorizationCodeGrant(config, back, checks));
  };
  the.same('silent, a stranger', await heard('silent', { prompt: 'none' }), 'login_required');
  the.same('denied', await heard('denied', {}, { deny: true }), 'access_denied');
  the.same('pages', person.pressed, ['login', 'deny']);
  the.same('silent, unasked', await heard('unasked', { prompt: 'none' }), 'consent_required');
  the.same('scope', await heard('scope', { scope: 'unheard-of' }), 'invalid_scope');
  the.same('prompts', await heard('prompts', { prompt: 'none login' }), 'invalid_request');
  // What it may not have is left out, and the answer says so (RFC 6749 §3.3).
  const less = await signedIn(own, person, { scope: 'openid unheard-of' });
  the.same('less than asked', less.tokens.scope, 'openid');
  const again = await signedIn(own, person, { scope: 'openid', prompt: 'none' });
  the.holds('silent, as somebody known', again.tokens.access_token);
  the.same('asked no more', person.pressed, ['login', 'deny', 'allow']);
  for (const more of [{ prompt: 'login' }, { max_age: '0' }]) {
    const [how, before] = [Object.keys(more)[0], person.pressed.length];
    const anew = await signedIn(own, person, { scope: 'openid', ...more });
    the.same(`${how}: asked anew`, person.pressed.slice(before), ['login']);
    const [first, last] = [again, anew].map(({ tokens }) => tokens.claims());
    the.same(`${how}: the same user`, last.sub, first.sub);
    the.holds(`${how}: signed in since`, last.auth_time >= first.auth_time, last.auth_time);
  }
}

run(async (stage, the) => {
  for (const kind of KINDS) await ofOneKind(stage, the, kind);
  await codes(stage, the);
  await refusals(stage, the);
});
