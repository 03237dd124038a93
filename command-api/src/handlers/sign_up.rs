//! Signing up: account, username and address in one atomic batch, or none of them.

use events::account::Registration;
use events::{
    AccountId, AppendError, CommandId, Expect, KeyState, NameHash, NewEvent, Personal, Position, Scope,
};
use futures::TryFutureExt;
use platform::extract::IdempotencyKey;
use platform::id;
use platform::security::Event;
use secrecy::SecretString;

use super::account::verify;
use super::names::claimed_before;
use super::session::{self, Origin, SignedIn};
use super::{Context, TRIES, fold, pause};
use crate::app::App;
use crate::domain::account::{self, Account, SignUp};
use crate::domain::{Aggregate, name, reserved};
use crate::email::Email;
use crate::limits;
use crate::problems::Failure;

/// What a person gives on signing up, checked and in lower case where case doesn't count.
#[derive(Clone)]
pub(crate) struct Request {
    /// The unique name.
    pub(crate) username: String,
    /// The address.
    pub(crate) email: Email,
    /// How the person wants to be called.
    pub(crate) display_name: String,
    /// The password.
    pub(crate) password: SecretString,
}

/// Makes an account and signs its owner in. A repeat under the same key finds the same account, if the password is
/// right and the rest is as it was.
pub(crate) async fn sign_up(
    app: &App,
    request: Request,
    key: Option<&IdempotencyKey>,
    origin: Origin,
) -> Result<SignedIn, Failure> {
    let account = key.map_or_else(
        || AccountId::from(id::ordered()),
        |key| AccountId::from_signup_key(key.as_str()),
    );
    let throttled = |error: limits::Refusal| {
        if matches!(error, limits::Refusal::Wait(_)) {
            let line = app.security().event(Event::SignUpThrottled);
            line.address(origin.source.address()).write();
        }
        error
    };
    app.limits().sign_up(origin.source).await.map_err(throttled)?;
    let mut hash = None;
    for attempt in 1..=TRIES {
        if key.is_some() && app.store().exists(&Scope::account(account)).await? {
            return repeat(app, account, &request, origin).await;
        }
        // Not before: an account from when the name was free to take is found again.
        if reserved::is_reserved(&request.username) {
            return Err(Failure::UsernameReserved);
        }
        let names = Names::load(app, &request).await?;
        if let Err(taken) = names.refuse_taken() {
            // Perhaps by the same request, since the account was looked for.
            if key.is_some() && app.store().exists(&Scope::account(account)).await? {
                return repeat(app, account, &request, origin).await;
            }
            return Err(taken);
        }
        let password_hash = match &hash {
            Some(hash) => String::clone(hash),
            None => app.passwords().hash(request.password.clone()).await?,
        };
        hash = Some(password_hash.clone());
        match join(app, account, &request, password_hash, key, &names, &origin).await {
            Ok(Joined::Now(account, position)) => return sign_in(app, *account, position, origin).await,
            // The same request at the same time was faster: whether it said the same is yet to be seen.
            Ok(Joined::Before) => return repeat(app, account, &request, origin).await,
            Err(Failure::Append(AppendError::Conflict)) => pause(attempt).await,
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::Contended)
}

/// The names that a person wants, as they stood when they were loaded.
struct Names {
    username: (NameHash, name::State, u64),
    email: (NameHash, name::State, u64),
    /// The address in other spellings.
    email_before: name::State,
}

impl Names {
    async fn load(app: &App, request: &Request) -> Result<Self, Failure> {
        let (username, email) = (
            app.names().username(&request.username),
            app.names().email(&request.email.to_string()),
        );
        let (username_scope, email_scope) = (Scope::username(&username), Scope::email(&email));
        let (by_username, by_email, email_before) = tokio::try_join!(
            app.store().history(&username_scope).err_into(),
            app.store().history(&email_scope).err_into(),
            claimed_before(app, &request.email)
        )?;
        let fold =
            |history: &events::History| name::fold(history.events.iter().map(|recorded| &recorded.event));
        Ok(Self {
            username: (username, fold(&by_username), by_username.last_sequence),
            email: (email, fold(&by_email), by_email.last_sequence),
            email_before,
        })
    }

    fn refuse_taken(&self) -> Result<(), Failure> {
        let taken = |state: name::State| matches!(state, name::State::Held(_));
        let email_is_taken = taken(self.email.1) || taken(self.email_before);
        match (taken(self.username.1), email_is_taken) {
            (false, false) => Ok(()),
            (true, false) => Err(Failure::UsernameTaken),
            (false, true) => Err(Failure::EmailTaken),
            (true, true) => Err(Failure::BothTaken),
        }
    }
}

enum Joined {
    Now(Box<Account>, Position),
    Before,
}

async fn join(
    app: &App,
    account: AccountId,
    request: &Request,
    password_hash: String,
    key: Option<&IdempotencyKey>,
    names: &Names,
    origin: &Origin,
) -> Result<Joined, Failure> {
    // Before any event: sealed events of somebody without a key could never be read.
    let data_key = app.store().keyring().create(account).await?;
    let command_id = key.map_or_else(
        || CommandId::from(id::ordered()),
        |key| CommandId::of(account, key.as_str()),
    );
    let context = Context::new(
        app,
        account,
        command_id,
        Some(data_key.command_hash(&request.identity())),
        &origin.trace,
    );
    let registration = Registration {
        username: request.username.clone(),
        email: request.email.to_string(),
        display_name: request.display_name.clone(),
        password_hash,
    };
    let sign_up = SignUp {
        account,
        registration: Personal::Known(registration),
    };
    let signed_up = account::decide(&account::State::Unknown, sign_up)?;
    let state = account::State::default().evolve(&signed_up);
    let batch = [
        NewEvent {
            scope: Scope::account(account),
            event: signed_up.into(),
            expect: Expect::Sequence(0),
        },
        NewEvent {
            scope: Scope::username(&names.username.0),
            event: events::Event::Username(
                name::decide(&names.username.1, account).map_err(|_| Failure::UsernameTaken)?,
            ),
            expect: Expect::Sequence(names.username.2),
        },
        NewEvent {
            scope: Scope::email(&names.email.0),
            event: events::Event::Email(
                name::decide(&names.email.1, account).map_err(|_| Failure::EmailTaken)?,
            ),
            expect: Expect::Sequence(names.email.2),
        },
    ];
    let appended = app.store().append_batch(&batch, context.meta()).await?;
    if appended.iter().any(|appended| appended.duplicate) {
        return Ok(Joined::Before);
    }
    match (state, appended.last()) {
        (account::State::Active(account), Some(last)) => Ok(Joined::Now(account, last.position)),
        (
            account::State::Active(_)
            | account::State::Unknown
            | account::State::Leaving(_)
            | account::State::Gone,
            _,
        ) => Ok(Joined::Before),
    }
}

impl Request {
    /// What a repeat must say again, besides knowing the password.
    fn identity(&self) -> Vec<u8> {
        let Self {
            username,
            email,
            display_name,
            password: _,
        } = self;
        // Usernames have no newline and addresses neither, so the parts can't run into each other.
        format!("sign-up\n{username}\n{email}\n{display_name}").into_bytes()
    }
}

/// The account was made under this key before: by the same person?
async fn repeat(app: &App, id: AccountId, request: &Request, origin: Origin) -> Result<SignedIn, Failure> {
    let history = app.store().history(&Scope::account(id)).await?;
    // Whoever was forgotten is not found again by an old key.
    let KeyState::Alive(key) = app.store().keyring().get(id).await? else {
        return Err(Failure::KeyReused);
    };
    let hash = key.command_hash(&request.identity());
    let signed_up = history
        .events
        .iter()
        .find(|recorded| recorded.event.event_type() == "signed_up");
    let same = signed_up.is_some_and(|recorded| recorded.meta.command_hash.as_deref() == Some(&hash));
    match (fold(&history), signed_up) {
        (account::State::Active(account), Some(signed_up)) if same => {
            // Counted with all other guesses at this account's password.
            match verify(app, &account, request.password.clone(), &origin).await {
                Ok(()) => sign_in(app, *account, signed_up.position, origin).await,
                Err(Failure::WrongPassword) => Err(Failure::KeyReused),
                Err(failure) => Err(failure),
            }
        }
        (
            account::State::Active(_)
            | account::State::Leaving(_)
            | account::State::Gone
            | account::State::Unknown,
            _,
        ) => Err(Failure::KeyReused),
    }
}

async fn sign_in(app: &App, account: Account, joined: Position, origin: Origin) -> Result<SignedIn, Failure> {
    app.stand_ins().add(account.id);
    let mut signed_in = session::start(app, account, origin).await?;
    signed_in.positions.add(joined);
    Ok(signed_in)
}
