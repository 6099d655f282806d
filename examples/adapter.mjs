// An adapter of slurm-jwt in JavaScript: HS256 and RS256 by node:crypto, without packages.
//
//     slurm-jwt adapter check 'cmd:node examples/adapter.mjs'
//     slurm-jwt run -i 'mine=cmd:node examples/adapter.mjs'
//
// docs/adapter-protocol.md has the rules; examples/adapter.py is an adapter of a library in Python.

import { createHmac, createPublicKey, sign, timingSafeEqual, verify as isSigned } from "node:crypto";

// The verifier and issuer under test. They stand for a library: Refused is the error by which they refuse.

class Refused extends Error {}

function demand(condition, reason) {
  if (!condition) throw new Refused(reason);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string";
const texts = (value, names) => names.every((name) => !Object.hasOwn(value, name) || isText(value[name]));
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(part, what) {
  demand(/^[A-Za-z0-9_-]*$/.test(part) && part.length % 4 !== 1, `${what} is not base64url`);
  return Buffer.from(part, "base64url");
}

function parsed(part, what) {
  const bytes = decoded(part, what);
  let value;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    throw new Refused(`${what} is not JSON in UTF-8`);
  }
  demand(isObject(value), `${what} is not an object`);
  return value;
}

function signature(signed, key) {
  demand(key.length >= 32, "the key is shorter than 32 bytes");
  return createHmac("sha256", key).update(signed).digest();
}

function checkSignature(header, signed, given, keys) {
  if (keys.secret && (header.alg === "HS256" || !keys.jwks)) {
    demand(header.alg === "HS256", "alg is not HS256");
    const right = signature(signed, keys.secret);
    demand(given.length === right.length && timingSafeEqual(given, right), "the signature does not match");
    return;
  }
  demand(header.alg === "RS256", "alg is not RS256");
  demand(isSigned("sha256", signed, publicKey(header.kid, keys.jwks), given), "the signature does not match");
}

function publicKey(kid, jwks) {
  let keys;
  try {
    ({ keys } = JSON.parse(utf8.decode(jwks)));
  } catch {
    throw new Refused("the JWKS is not JSON in UTF-8");
  }
  demand(Array.isArray(keys) && keys.every(isObject), "the JWKS has no keys");
  const jwk = keys.find((each) => isText(kid) && each.kid === kid && each.kty === "RSA");
  demand(jwk, "no RSA key of the JWKS has the kid of the token");
  demand([undefined, "RS256"].includes(jwk.alg) && [undefined, "sig"].includes(jwk.use), "the key is not for RS256");
  const operations = jwk.key_ops ?? ["verify"];
  demand(Array.isArray(operations) && operations.includes("verify"), "the key is not for verifying");
  demand(isText(jwk.e) && isText(jwk.n), "the key has no n or e");
  decoded(jwk.e, "e");
  demand(decoded(jwk.n, "n").length >= 256, "the key is shorter than 2048 bits");
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch (error) {
    throw new Refused(`the key cannot be read: ${error.code}`);
  }
}

function checkHeader(header) {
  demand(texts(header, ["typ", "cty", "kid", "jku", "x5u", "x5t", "x5t#S256"]), "a header parameter is not a string");
  demand(!Object.hasOwn(header, "jwk") || isObject(header.jwk), "jwk is not an object");
  const chain = Object.hasOwn(header, "x5c") ? header.x5c : [];
  demand(Array.isArray(chain) && chain.every(isText), "x5c is not an array of strings");
  demand(!Object.hasOwn(header, "crit"), "crit names an unknown extension");
  demand(!Object.hasOwn(header, "b64") || header.b64 === true, "b64 is not true");
}

function checkClaims(claims) {
  demand(texts(claims, ["iss", "sub", "jti"]), "iss, sub or jti is not a string");
  const audience = Object.hasOwn(claims, "aud") ? claims.aud : "";
  demand(isText(audience) || (Array.isArray(audience) && audience.every(isText)), "aud is not strings");
  demand(Object.hasOwn(claims, "sun") && isText(claims.sun) && claims.sun !== "", "sun is not a user name");
  for (const name of ["iat", "exp"]) demand(Object.hasOwn(claims, name), `${name} is missing`);
  for (const name of ["iat", "exp", "nbf"]) {
    demand(!Object.hasOwn(claims, name) || Number.isFinite(claims[name]), `${name} is not a number`);
  }
}

function verifyToken(token, keys, now) {
  const parts = token.toString("latin1").split(".");
  demand(parts.length === 3, "the token does not have three parts");
  const header = parsed(parts[0], "the header");
  checkHeader(header);
  checkSignature(header, Buffer.from(`${parts[0]}.${parts[1]}`), decoded(parts[2], "the signature"), keys);
  const claims = parsed(parts[1], "the payload");
  checkClaims(claims);
  demand(now < claims.exp, "the token is expired");
  demand(!Object.hasOwn(claims, "nbf") || claims.nbf <= now, "the token is not valid yet");
  return claims;
}

function issueToken(claims, header, signer, now) {
  checkClaims(claims);
  demand(now < claims.exp, "exp is in the past");
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...parts, signer(Buffer.from(parts.join("."))).toString("base64url")].join(".");
}

// The adapter.

class Unsupported extends Error {}

function none(what) {
  return () => {
    throw new Unsupported(`JavaScript has no ${what}`);
  };
}

const values = {
  $float: Number,
  $int: BigInt,
  $decimal: none("decimal numbers"),
  $datetime: (text) => (/(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : none("date and time without a time zone")()),
  $date: none("calendar days"),
  $bytes: (text) => Buffer.from(text, "base64"),
  $utf16: (text) => String.fromCharCode(...text.match(/.{4}/g).map((unit) => parseInt(unit, 16))),
  $pairs: (pairs) => Object.fromEntries(pairs.map(([name, inner]) => [name, value(inner)])),
};

function value(shown) {
  if (Array.isArray(shown)) return shown.map(value);
  if (!isObject(shown)) return shown;
  const [tag, ...more] = Object.keys(shown);
  if (more.length === 0 && tag !== undefined && Object.hasOwn(values, tag)) return values[tag](shown[tag]);
  return Object.fromEntries(Object.entries(shown).map(([name, inner]) => [name, value(inner)]));
}

function guarded(refusal, refusals, call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof Unsupported) return { outcome: "unsupported", reason: error.message };
    const outcome = refusals.some((kind) => error instanceof kind) ? refusal : "crash";
    return { outcome, error: `${error.constructor.name}: ${error.message}` };
  }
}

function content(question, name) {
  if (name in question) return Buffer.from(question[name]);
  return `${name}_base64` in question ? Buffer.from(question[`${name}_base64`], "base64") : undefined;
}

function verify(question) {
  return guarded("reject", [Refused], () => {
    const keys = { secret: content(question, "key"), jwks: content(question, "jwks") };
    const claims = verifyToken(content(question, "token"), keys, question.now);
    return { outcome: "accept", claims: { sun: claims.sun } };
  });
}

function issue(question) {
  // JSON.stringify refuses a BigInt with a TypeError
  return guarded("refuse", [Refused, TypeError], () => {
    const { pem, kid, algorithm: alg } = question;
    const signer = pem ? (data) => sign("sha256", data, pem) : (data) => signature(data, content(question, "key"));
    const token = issueToken(value(question.claims), { alg, kid, typ: "JWT" }, signer, question.now);
    return { outcome: "token", token };
  });
}

function start(question) {
  verify(question); // loads what the first token needs
  return {
    protocol: 2,
    library: "node:crypto",
    version: process.version,
    language: `Node ${process.version}`,
    roles: ["issuer", "verifier"],
    algorithms: ["HS256", "RS256"],
    clock: "argument",
    not_checked: [],
  };
}

function answer(line) {
  const question = JSON.parse(line);
  if (question.op === "stop") process.exit(0);
  const members = question.op === "start" ? start(question) : { verify, issue }[question.op](question);
  process.stdout.write(`${JSON.stringify("id" in question ? { id: question.id, ...members } : members)}\n`);
}

// Only a line feed ends a line. node:readline would also split at U+2028, which a token may hold.
let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  lines.forEach(answer);
});
