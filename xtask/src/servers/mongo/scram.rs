//! SCRAM-SHA-256 (RFC 7677), by which mongod lets users in: the client's side, for passwords of letters and digits.
use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// No more rounds than this are made for a server: MongoDB asks for 15,000.
const MOST_ROUNDS: u32 = 100_000;

/// A log-in whose first message was sent.
pub(super) struct Scram {
    nonce: String,
    first: String,
}

/// What the server has to send in the end, which only somebody who knows the password can.
pub(super) struct ServerProof([u8; 32]);

impl Scram {
    /// The log-in and its first message.
    pub(super) fn begin(user: &str, nonce: &str) -> (Scram, String) {
        let first = format!("n={user},r={nonce}");
        let message = format!("n,,{first}");
        let nonce = nonce.to_owned();
        (Scram { nonce, first }, message)
    }

    /// Answers the server's first message.
    pub(super) fn answer(&self, password: &str, server_first: &str) -> Result<(String, ServerProof)> {
        let field = |name: &str| {
            let mut fields = server_first.split(',');
            fields
                .find_map(|field| field.strip_prefix(name))
                .context("mongod's log-in lacks a field")
        };
        let (nonce, salt, rounds) = (field("r=")?, field("s=")?, field("i=")?.parse()?);
        if !nonce.starts_with(&self.nonce) || rounds > MOST_ROUNDS {
            bail!("mongod's log-in is not an answer to ours");
        }
        let salted = salted(password, &BASE64.decode(salt)?, rounds);
        let client_key = hmac(&salted, b"Client Key");
        let last = format!("c=biws,r={nonce}");
        let all = format!("{},{server_first},{last}", self.first);
        let signature = hmac(&Sha256::digest(client_key), all.as_bytes());
        let proof: Vec<u8> = client_key
            .iter()
            .zip(signature)
            .map(|(key, signature)| key ^ signature)
            .collect();
        let server = hmac(&hmac(&salted, b"Server Key"), all.as_bytes());
        Ok((format!("{last},p={}", BASE64.encode(proof)), ServerProof(server)))
    }
}

impl ServerProof {
    /// Fails if the server doesn't know the password either.
    pub(super) fn check(&self, server_last: &str) -> Result<()> {
        if server_last != format!("v={}", BASE64.encode(self.0)) {
            bail!("whoever answers for mongod does not know the password");
        }
        Ok(())
    }
}

fn salted(password: &str, salt: &[u8], rounds: u32) -> [u8; 32] {
    let mut round = hmac(password.as_bytes(), &[salt, &[0, 0, 0, 1]].concat());
    let mut sum = round;
    for _ in 1..rounds {
        round = hmac(password.as_bytes(), &round);
        sum.iter_mut().zip(round).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    // Keys of any length will do.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes every key"));
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_comes_out() {
        // RFC 7677, section 3.
        let (scram, first) = Scram::begin("user", "rOprNGfwEbeRWgbNEkqO");
        assert_eq!(first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let (last, proof) = scram.answer("pencil", server).unwrap();
        assert_eq!(
            last,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        proof
            .check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
            .unwrap();
        assert!(proof.check("v=").is_err());
    }

    #[test]
    fn an_answer_to_somebody_else_is_refused() {
        let (scram, _) = Scram::begin("user", "mine");
        assert!(scram.answer("pencil", "r=yours,s=W22ZaJ0=,i=4096").is_err());
        assert!(scram.answer("pencil", "r=mine1,s=W22ZaJ0=,i=4000000000").is_err());
    }
}
