//! Mail: written here, sent in the background, so that no answer waits for it or tells by its time whether
//! there was something to send.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use futures::future::BoxFuture;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use secrecy::SecretString;
use url::Url;

use crate::email::Email;

mod folder;
mod outbox;
mod smtp;
mod templates;

pub use outbox::Full;
pub(crate) use outbox::Outbox;
pub(crate) use templates::Notice;

/// How to send mail.
#[derive(Debug, Clone, Args)]
pub struct MailConfig {
    /// How mail goes out: `smtp://[user:password@]host[:port][?tls=required]`, `smtps://…`, or in development
    /// `folder:/path`, where each mail becomes a file. Unset, none is sent.
    #[arg(long, env = "ECHO_MAIL", hide_env_values = true)]
    pub mail: Option<MailSetting>,
    /// Whom mail is from.
    #[arg(long, env = "ECHO_MAIL_FROM", default_value = "Echo <no-reply@localhost>")]
    pub mail_from: Mailbox,
    /// Where people open Echo; links in mails begin with it.
    #[arg(long, env = "ECHO_PUBLIC_URL", default_value = "http://localhost:8080")]
    pub public_url: Url,
}

/// By what way mail goes out.
#[derive(Clone)]
pub enum MailSetting {
    /// Through this server; the address may hold a password.
    Smtp(SecretString),
    /// Into this folder.
    Folder(PathBuf),
}

impl fmt::Debug for MailSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Smtp(_) => "Smtp(…)",
            Self::Folder(_) => "Folder(…)",
        })
    }
}

impl FromStr for MailSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("folder:").filter(|path| !path.is_empty()) {
            Ok(Self::Folder(path.into()))
        } else if text.starts_with("smtp://") || text.starts_with("smtps://") {
            let setting = SecretString::from(text);
            smtp::Smtp::new(&setting).map_err(|_| "this address of a mail server can't be used")?;
            Ok(Self::Smtp(setting))
        } else {
            Err("must be smtp://…, smtps://… or folder:/path")
        }
    }
}

/// Why a mail wasn't sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address isn't one that mail can be sent to.
    #[error("the address can't be written to: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// It can't be put in the form of a mail.
    #[error("the mail can't be written: {0}")]
    Format(#[from] lettre::error::Error),
    /// The server doesn't take it.
    #[error("the mail server: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The file can't be written.
    #[error("the folder for mails: {0}")]
    Folder(#[from] std::io::Error),
}

/// Takes a finished mail to where it goes.
pub(crate) trait Transport: Send + Sync {
    /// Hands it over.
    fn send(&self, message: Message) -> BoxFuture<'_, Result<(), Error>>;
}

/// One mail to one person, in plain text.
pub(crate) struct Mail {
    /// The address.
    pub(crate) to: String,
    /// What it is about.
    pub(crate) subject: &'static str,
    /// What it says.
    pub(crate) text: String,
}

/// Writes mails and has them sent.
pub(crate) struct Mailer {
    transport: Option<Arc<dyn Transport>>,
    from: Mailbox,
}

impl Mailer {
    pub(crate) fn new(config: &MailConfig) -> Result<Self, Error> {
        let transport: Option<Arc<dyn Transport>> = match &config.mail {
            Some(MailSetting::Smtp(url)) => Some(Arc::new(smtp::Smtp::new(url)?)),
            Some(MailSetting::Folder(path)) => Some(Arc::new(folder::Folder::new(path.clone()))),
            None => {
                tracing::warn!("ECHO_MAIL isn't set: nobody can reset a password or change an address");
                None
            }
        };
        Ok(Self {
            transport,
            from: config.mail_from.clone(),
        })
    }

    /// Sends a mail. Where it goes is never logged.
    pub(crate) async fn send(&self, mail: Mail) -> Result<(), Error> {
        let Some(transport) = &self.transport else {
            tracing::warn!("a mail wasn't sent, for ECHO_MAIL isn't set");
            return Ok(());
        };
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, Email::for_mail(&mail.to).parse()?))
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text)?;
        transport.send(message).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_names_a_server_or_a_folder() {
        for good in [
            "smtp://127.0.0.1:25",
            "smtps://ann:secret@mail.example.org",
            "folder:/tmp/mail",
        ] {
            assert!(good.parse::<MailSetting>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "folder:",
            "mail.example.org",
            "http://mail.example.org",
            "smtp://",
        ] {
            assert!(bad.parse::<MailSetting>().is_err(), "{bad}");
        }
        let setting: MailSetting = "smtps://ann:secret@mail.example.org".parse().unwrap();
        assert!(!format!("{setting:?}").contains("secret"));
    }

    #[tokio::test]
    async fn in_development_each_mail_is_a_file_of_its_owner_s_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let config = MailConfig {
            mail: Some(MailSetting::Folder(folder.path().join("mail"))),
            mail_from: "Echo <echo@example.org>".parse().unwrap(),
            public_url: "http://localhost".parse().unwrap(),
        };
        let mailer = Mailer::new(&config).unwrap();
        for text in ["Hello", "Hello again"] {
            let mail = Mail {
                to: "ann@example.org".to_owned(),
                subject: "Hi",
                text: text.to_owned(),
            };
            mailer.send(mail).await.unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        assert_eq!(files.len(), 2);
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("mail")), 0o700);
        assert!(
            files.iter().all(|file| mode(file) == 0o600),
            "nobody else reads them"
        );
        let text = std::fs::read_to_string(&files[0]).unwrap();
        assert!(
            text.contains("To: ann@example.org") && text.contains("Subject: Hi") && text.contains("Hello")
        );
        assert!(
            files
                .iter()
                .all(|file| file.extension().is_some_and(|extension| extension == "eml"))
        );
    }
}
