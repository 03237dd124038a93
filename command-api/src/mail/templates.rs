//! What mails say.

use chrono::{DateTime, Utc};

use super::Mail;
use crate::app::App;
use crate::domain::account::Account;

impl Mail {
    /// The link to a new password.
    pub(crate) fn password_reset(to: String, username: &str, link: &str) -> Self {
        Self {
            to,
            subject: "A new password for Echo",
            text: format!(
                "Hello,\n\nsomebody asked for a new password for the account {username}. To set one, open\n\n{link}\n\n\
                 within the next hour. If it wasn't you, there is nothing to do: the password stays as it is.\n"
            ),
        }
    }

    /// The link that confirms another address.
    pub(crate) fn email_confirmation(to: String, username: &str, link: &str) -> Self {
        Self {
            to,
            subject: "Confirm your address for Echo",
            text: format!(
                "Hello,\n\nto use this address for the account {username} from now on, open\n\n{link}\n\n\
                 within a day. If you didn't ask for this, there is nothing to do.\n"
            ),
        }
    }
}

/// A mail that tells a person of a change that only they should have made, so that nobody loses an account without
/// hearing of it. It holds no link that does anything by itself.
pub(crate) struct Notice(pub(super) Mail);

impl Notice {
    /// The password is another.
    pub(crate) fn password_changed(app: &App, account: &Account) -> Self {
        let (username, when) = (&account.username, moment(app.clock().now()));
        let page = app.page("forgot-password");
        Self(Mail {
            to: account.email.clone(),
            subject: "Your password for Echo has changed",
            text: format!(
                "Hello,\n\nthe password of the account {username} was changed on {when}.\n\n\
                 If that was you, there is nothing to do. If it wasn't, set a new one at once: open\n\n{page}\n\n\
                 and enter this address. A new password logs out every device.\n"
            ),
        })
    }

    /// The address is another; told to both.
    pub(crate) fn email_changed(app: &App, account: &Account, email: &str) -> [Self; 2] {
        let (username, when) = (&account.username, moment(app.clock().now()));
        let (login, forgotten) = (app.page("login"), app.page("forgot-password"));
        let subject = "Your address for Echo has changed";
        let old = Mail {
            to: account.email.clone(),
            subject,
            text: format!(
                "Hello,\n\nthe account {username} was given another email address on {when}. No more mail about it \
                 comes here, and links in earlier mails don't work any more.\n\n\
                 If that was you, there is nothing to do. If it wasn't, log in with your username at\n\n{login}\n\n\
                 and change your password and your address under Settings. If you can't log in any more, ask the \
                 people who run this Echo for help.\n"
            ),
        };
        let new = Mail {
            to: email.to_owned(),
            subject,
            text: format!(
                "Hello,\n\nthis is the email address of the account {username} since {when}: you can log in with it, \
                 and mail about the account comes here.\n\n\
                 If you didn't confirm that, set a new password at once: open\n\n{forgotten}\n\n\
                 and enter this address.\n"
            ),
        };
        [Self(old), Self(new)]
    }
}

/// A moment as a person reads it, wherever they are.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y at %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_full() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        assert_eq!(moment(at), "15 January 2027 at 08:00 UTC");
    }
}
