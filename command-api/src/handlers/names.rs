//! What people log in with, and the pseudonyms under which it is claimed.

use events::{NameHash, Scope, username};
use futures::future::try_join_all;

use crate::app::App;
use crate::domain::account::Account;
use crate::domain::name;
use crate::email::Email;
use crate::problems::Failure;

/// What somebody gives as their name: a username as pages show it, or an address in any spelling.
pub(crate) enum Given {
    /// In lower case and without the `@` before it.
    Username(String),
    /// In the spelling under which it is claimed, and in those under which it may have been claimed before.
    Email(Vec<String>),
}

impl Given {
    pub(crate) fn of(login: &str) -> Self {
        let username = username::typed(login);
        if username.contains('@') {
            let before = || vec![Email::canonical(login)];
            Self::Email(Email::parse(login).map_or_else(|_| before(), |email| email.spellings()))
        } else {
            Self::Username(username)
        }
    }

    /// The one pseudonym under which attempts are counted, whichever spelling is tried.
    pub(crate) fn pseudonym(&self, app: &App) -> NameHash {
        match self {
            Self::Username(name) => app.names().username(name),
            Self::Email(spellings) => app
                .names()
                .email(spellings.first().map(String::as_str).unwrap_or_default()),
        }
    }

    /// The state of the name. How much is loaded for it depends on what was typed alone, and not on what is found.
    pub(crate) async fn state(&self, app: &App) -> Result<name::State, Failure> {
        let scopes: Vec<Scope> = match self {
            Self::Username(name) => vec![Scope::username(&app.names().username(name))],
            Self::Email(spellings) => scopes(app, spellings),
        };
        first_held(app, &scopes).await
    }
}

/// The pseudonyms under which attempts to log in to an account are counted.
pub(crate) fn pseudonyms(app: &App, account: &Account) -> [NameHash; 2] {
    [
        app.names().username(&account.username),
        app.names().email(&Email::canonical(&account.email)),
    ]
}

/// Whether somebody claimed an address in another spelling than its canonical one, which nobody does any more.
pub(crate) async fn claimed_before(app: &App, email: &Email) -> Result<name::State, Failure> {
    let spellings = email.spellings();
    let others = spellings.get(1..).unwrap_or_default();
    first_held(app, &scopes(app, others)).await
}

fn scopes(app: &App, spellings: &[String]) -> Vec<Scope> {
    spellings
        .iter()
        .map(|spelling| Scope::email(&app.names().email(spelling)))
        .collect()
}

async fn first_held(app: &App, scopes: &[Scope]) -> Result<name::State, Failure> {
    let histories = try_join_all(scopes.iter().map(|scope| app.store().history(scope))).await?;
    let states = histories
        .iter()
        .map(|history| name::fold(history.events.iter().map(|recorded| &recorded.event)));
    Ok(states
        .into_iter()
        .find(|state| matches!(state, name::State::Held(_)))
        .unwrap_or_default())
}
