use super::*;
use chrono::DateTime;
use proptest::prelude::*;
use serde_json::{Value, json};

fn audience() -> Audience {
    Audience {
        issuer: "us".to_owned(),
        audience: "them".to_owned(),
    }
}

fn clock() -> Clock {
    Clock::fixed(DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

fn pair(seed: u8, clock: &Clock) -> (Signer, Verifier) {
    let signer = Signer::new(&Key::new([seed; 32]), audience(), clock.clone()).unwrap();
    let verifier = Verifier::new([signer.public_key()], &audience(), clock.clone());
    (signer, verifier)
}

/// A token of any header and payload, signed as `sign` likes.
fn forge(header: &Value, payload: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(payload.to_string())
    );
    let signature = sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header(signer: &Signer) -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": signer.public_key().id() })
}

fn payload() -> Value {
    json!({ "iss": "us", "aud": "them", "sub": Uuid::nil(), "sid": Uuid::nil(), "jti": Uuid::nil(),
        "iat": 1_800_000_000, "exp": 1_800_000_900, "session_started_ms": 1_800_000_000_000_i64 })
}

/// Signs with the right key, so that only what the test changed can be at fault.
fn properly(message: &[u8]) -> Vec<u8> {
    Ed25519KeyPair::from_seed_unchecked(&[1; 32])
        .unwrap()
        .sign(message)
        .as_ref()
        .to_vec()
}

#[test]
fn a_token_tells_its_account_and_session() {
    let (signer, verifier) = pair(1, &clock());
    let (account, session) = (id::random(), id::random());
    let token = signer.sign(account, session, Duration::minutes(15)).unwrap();
    for _ in 0..2 {
        let claims = verifier.verify(&token).unwrap();
        assert_eq!((claims.sub, claims.sid), (account, session));
        assert_eq!((claims.iat, claims.exp), (1_800_000_000, 1_800_000_900));
    }
}

#[test]
fn a_token_tells_to_the_millisecond_when_its_session_began() {
    let (signer, verifier) = pair(1, &clock());
    let started_at = DateTime::from_timestamp_millis(1_799_999_999_123).unwrap();
    let session = Session {
        id: id::random(),
        started_at,
    };
    let token = signer
        .sign_in(id::random(), session, Duration::minutes(15))
        .unwrap();
    let claims = verifier.verify(&token).unwrap();
    assert_eq!(
        (claims.sid, claims.session_started_at()),
        (session.id, started_at)
    );
}

#[test]
fn a_forged_token_that_is_right_in_everything_is_accepted() {
    // The control for the tests below: their tokens fail for the one thing that they change.
    let (signer, verifier) = pair(1, &clock());
    assert!(
        verifier
            .verify(&forge(&header(&signer), &payload(), properly))
            .is_ok()
    );
}

#[test]
fn a_token_ends_even_if_it_was_accepted_before() {
    let clock = clock();
    let (signer, verifier) = pair(1, &clock);
    let token = signer
        .sign(id::random(), id::random(), Duration::minutes(15))
        .unwrap();
    clock.advance(Duration::seconds(904));
    assert!(verifier.verify(&token).is_ok(), "within the leeway");
    clock.advance(Duration::seconds(1));
    assert_eq!(verifier.verify(&token), Err(Error::Expired));
}

#[test]
fn a_token_from_the_future_is_refused() {
    let clock = clock();
    let (signer, verifier) = pair(1, &clock);
    let mut payload = payload();
    payload["iat"] = json!(1_800_000_006);
    assert_eq!(
        verifier.verify(&forge(&header(&signer), &payload, properly)),
        Err(Error::NotYet)
    );
}

#[test]
fn the_algorithm_none_is_refused() {
    let (signer, verifier) = pair(1, &clock());
    for alg in ["none", "None", "NONE", ""] {
        let mut header = header(&signer);
        header["alg"] = json!(alg);
        assert_eq!(
            verifier.verify(&forge(&header, &payload(), |_| Vec::new())),
            Err(Error::Malformed)
        );
    }
}

#[test]
fn an_hmac_made_with_the_public_key_is_refused() {
    let (signer, verifier) = pair(1, &clock());
    let public = signer.public_key();
    for secret in [public.0.to_vec(), public.to_string().into_bytes()] {
        let mut header = header(&signer);
        header["alg"] = json!("HS256");
        let token = forge(&header, &payload(), |message| {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
            ring::hmac::sign(&key, message).as_ref().to_vec()
        });
        assert_eq!(verifier.verify(&token), Err(Error::Malformed));
    }
}

#[test]
fn wrong_or_missing_claims_are_refused() {
    let (signer, verifier) = pair(1, &clock());
    for (claim, wrong) in [
        ("iss", json!("others")),
        ("aud", json!("others")),
        ("sub", json!("nobody")),
        ("exp", json!("soon")),
    ] {
        let mut changed = payload();
        changed[claim] = wrong;
        assert_eq!(
            verifier.verify(&forge(&header(&signer), &changed, properly)),
            Err(Error::Claims),
            "{claim}"
        );
    }
    for claim in [
        "iss",
        "aud",
        "sub",
        "sid",
        "exp",
        "iat",
        "jti",
        "session_started_ms",
    ] {
        let mut missing = payload();
        missing.as_object_mut().unwrap().remove(claim);
        assert_eq!(
            verifier.verify(&forge(&header(&signer), &missing, properly)),
            Err(Error::Claims),
            "{claim}"
        );
    }
}

#[test]
fn another_type_of_jwt_is_refused() {
    let (signer, verifier) = pair(1, &clock());
    for typ in [json!("JWT"), json!("id+jwt"), Value::Null] {
        let mut header = header(&signer);
        header["typ"] = typ;
        assert_eq!(
            verifier.verify(&forge(&header, &payload(), properly)),
            Err(Error::Malformed)
        );
    }
}

#[test]
fn a_key_that_is_not_known_is_refused_and_several_may_be_known() {
    let clock = clock();
    let (old, _) = pair(1, &clock);
    let (new, only_new) = pair(2, &clock);
    let both = Verifier::new([old.public_key(), new.public_key()], &audience(), clock.clone());
    let by_old = old
        .sign(id::random(), id::random(), Duration::minutes(1))
        .unwrap();
    let by_new = new
        .sign(id::random(), id::random(), Duration::minutes(1))
        .unwrap();
    assert_eq!(only_new.verify(&by_old), Err(Error::UnknownKey));
    assert!(both.verify(&by_old).is_ok() && both.verify(&by_new).is_ok());
    assert_eq!(both.jwks().keys.len(), 2);

    let mut nameless = header(&old);
    nameless.as_object_mut().unwrap().remove("kid");
    assert_eq!(
        both.verify(&forge(&nameless, &payload(), properly)),
        Err(Error::UnknownKey)
    );
}

#[test]
fn the_key_id_is_the_thumbprint_of_rfc_8037() {
    let key: PublicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".parse().unwrap();
    assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

proptest! {
    #[test]
    fn a_token_changed_anywhere_is_refused(at in 0_usize..400, with in proptest::char::range('!', '~')) {
        let (signer, verifier) = pair(1, &clock());
        let token = signer.sign(Uuid::nil(), Uuid::nil(), Duration::minutes(15)).unwrap();
        let at = at % token.len();
        prop_assume!(token.as_bytes()[at] != with as u8);
        let mut changed = token.clone().into_bytes();
        changed[at] = with as u8;
        prop_assert!(verifier.verify(&String::from_utf8(changed).unwrap()).is_err());
    }

    #[test]
    fn no_text_makes_the_verifier_panic(text in ".{0,300}") {
        let (_, verifier) = pair(1, &clock());
        prop_assert!(verifier.verify(&text).is_err());
    }
}
