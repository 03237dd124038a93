//! Fresh keys for development.

use platform::Clock;
use platform::config::Key;
use platform::id;
use platform::token::{Audience, Error, Signer};

/// An environment file with a new key of every kind that the services need.
pub fn generate() -> Result<String, Error> {
    let new = || Key::new(id::random_bytes());
    let (master, permanent, signing, media) = (new(), new(), new(), new());
    let nobody = Audience {
        issuer: String::new(),
        audience: String::new(),
    };
    let public = Signer::new(&signing, nobody, Clock::system())?.public_key();
    Ok(format!(
        "ECHO_MASTER_KEYS=m1:{}\nECHO_PERMANENT_KEY={}\nECHO_TOKEN_SIGNING_KEY={}\nECHO_TOKEN_VERIFYING_KEYS={public}\nECHO_MEDIA_URL_KEY={}\n",
        master.to_base64(),
        permanent.to_base64(),
        signing.to_base64(),
        media.to_base64(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_makes_new_keys_of_the_right_form() {
        let text = generate().unwrap();
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| Some(line.split_once('=')?.0))
            .collect();
        assert_eq!(
            names,
            [
                "ECHO_MASTER_KEYS",
                "ECHO_PERMANENT_KEY",
                "ECHO_TOKEN_SIGNING_KEY",
                "ECHO_TOKEN_VERIFYING_KEYS",
                "ECHO_MEDIA_URL_KEY"
            ]
        );
        assert_ne!(text, generate().unwrap());
    }
}
