//! Logging in, which tells nobody who doesn't know a password whether an account exists: not by the answer, and not by
//! its time. The work is the same whether or not there is such an account, and whether or not its password is looked at.

use events::AccountId;
use platform::id;
use platform::security::Event;
use secrecy::SecretString;

use super::names::{Given, pseudonyms};
use super::session::{Origin, SignedIn, load_account, log_out, owner, start};
use crate::app::App;
use crate::domain::account::Account;
use crate::domain::name;
use crate::limits::{Refusal, Target};
use crate::problems::Failure;

/// Signs in by username or address.
pub(crate) async fn log_in(
    app: &App,
    login: &str,
    password: SecretString,
    origin: Origin,
) -> Result<SignedIn, Failure> {
    let (given, source) = (Given::of(login), origin.source);
    let name = given.pseudonym(app);
    let knows_name = async {
        let held = session_of(app, &origin).await;
        held.is_some_and(|account| pseudonyms(app, &account).contains(&name))
    };
    let line = |event| app.security().event(event).name(&name).address(source.address());
    let throttled = |error: Refusal| {
        if matches!(error, Refusal::Wait(_)) {
            line(Event::LogInThrottled).reason("name").write();
        }
        error
    };
    app.limits()
        .log_in(&name, source, knows_name)
        .await
        .map_err(throttled)?;
    let account = find(app, &given).await?;
    let target = account
        .as_ref()
        .map_or_else(|| Target::from(&name), |account| Target::from(&account.id));
    let id = account.as_ref().map(|account| account.id);
    let been_here = holds_session(app, &origin, id);
    let may = match app.limits().guess(&target, source, been_here).await {
        Ok(()) => true,
        Err(Refusal::Wait(wait)) => {
            line(Event::LogInThrottled).reason("account").write();
            // A browser that holds a session of the account knows its names.
            if holds_session(app, &origin, id).await {
                return Err(Refusal::Wait(wait).into());
            }
            false
        }
        Err(error @ Refusal::Unavailable(_)) => return Err(error.into()),
    };
    let looked_at = account.as_ref().filter(|_| may);
    let hash = looked_at.map(|account| account.password_hash.as_str());
    let matches = app.passwords().verify(password, hash).await?;
    match account {
        Some(account) if matches => {
            let names = pseudonyms(app, &account);
            app.limits().was_right(&target, &names, source).await?;
            app.stand_ins().add(account.id);
            let (id, hash, trace) = (account.id, account.password_hash.clone(), origin.trace.clone());
            let signed_in = start(app, account, origin).await?;
            // A password that was good until a moment ago must not slip in while it changes.
            match load_account(app, id).await? {
                Some(account) if account.password_hash == hash => Ok(signed_in),
                Some(_) | None => {
                    app.security()
                        .event(Event::LogInFailed)
                        .account(id)
                        .reason("changed")
                        .write();
                    log_out(app, &[signed_in.session], &trace).await?;
                    Err(Failure::WrongCredentials)
                }
            }
        }
        Some(_) | None => {
            if may {
                line(Event::LogInFailed).write();
            }
            app.limits().was_wrong(&target, Some(&name)).await?;
            Err(Failure::WrongCredentials)
        }
    }
}

/// Whether the browser holds a session of this account.
pub(crate) async fn holds_session(app: &App, origin: &Origin, account: Option<AccountId>) -> bool {
    let held = session_of(app, origin).await;
    held.is_some_and(|held| Some(held.id) == account)
}

/// The account of whose session the browser holds the refresh token. Where that can't be found out, it is nobody's.
async fn session_of(app: &App, origin: &Origin) -> Option<Account> {
    let token = origin.refresh_token.as_deref()?;
    let (session, _) = app.refresh_tokens().read(token)?;
    owner(app, session).await.ok().map(|(_, account)| account)
}

/// Looks up whoever has this name. Where nobody has, somebody else's account is loaded and thrown away: as many
/// requests, a key as cold and as much to open.
pub(crate) async fn find(app: &App, given: &Given) -> Result<Option<Account>, Failure> {
    let state = given.state(app).await?;
    let (id, is_held) = match state {
        name::State::Held(account) => (account, true),
        name::State::Free => (app.stand_ins().any().unwrap_or_else(nobody), false),
    };
    // Whether the key was at hand would tell whether somebody was here lately.
    app.store().keyring().forget(id).await;
    let account = load_account(app, id).await?;
    if account.is_none() {
        app.stand_ins().remove(id);
    }
    Ok(account.filter(|_| is_held))
}

/// An account that nobody has.
fn nobody() -> AccountId {
    AccountId::from(id::random())
}
