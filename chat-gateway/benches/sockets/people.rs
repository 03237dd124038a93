//! People who have accounts, tokens and one friend each.

use std::time::Duration;

use anyhow::{Context, Result};
use events::account::{self, Registration};
use events::{AccountId, CommandId, Event, Expect, Meta, NewEvent, Pair, Personal, Scope, friendship};
use futures::{StreamExt, TryStreamExt, stream};
use platform::Clock;
use platform::config::Key;
use platform::token::{Audience, Signer};

use crate::servers::Echo;

/// How many are made at once.
const AT_ONCE: usize = 64;

/// People, of whom the first and second are friends, the third and fourth, and so on.
pub(crate) struct People {
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) tokens: Vec<String>,
}

impl People {
    /// People of whom no server has heard, and whose token is their id.
    pub(crate) fn unknown(count: usize) -> Self {
        let accounts: Vec<AccountId> = (0..count).map(|_| platform::id::random().into()).collect();
        let tokens = accounts.iter().map(ToString::to_string).collect();
        Self { accounts, tokens }
    }

    /// People with accounts in Echo.
    pub(crate) async fn sign_up(echo: &Echo, count: usize) -> Result<Self> {
        let environment = echo.system.environment();
        let seed = environment
            .iter()
            .find(|(name, _)| name == "ECHO_TOKEN_SIGNING_KEY")
            .map(|(_, seed)| seed.parse::<Key>())
            .transpose()?;
        let audience = Audience {
            issuer: "echo".to_owned(),
            audience: "echo".to_owned(),
        };
        let seed = seed.ok_or_else(|| anyhow::anyhow!("the system has no key for tokens"))?;
        let signer = Signer::new(&seed, audience, Clock::system())?;
        let lifetime = Duration::from_hours(2);
        let accounts: Vec<AccountId> = (0..count).map(|_| platform::id::random().into()).collect();
        let tokens = accounts
            .iter()
            .map(|account| {
                let session = platform::id::random();
                signer
                    .sign(account.uuid(), session, chrono::Duration::from_std(lifetime)?)
                    .map_err(anyhow::Error::from)
            })
            .collect::<Result<_, _>>()?;
        stream::iter(&accounts)
            .map(|account| appear(echo, *account))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        stream::iter(accounts.chunks_exact(2))
            .map(|pair| befriend(echo, pair[0], pair[1]))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(Self { accounts, tokens })
    }
}

async fn appear(echo: &Echo, account: AccountId) -> Result<()> {
    echo.system.store.keyring().create(account).await?;
    let registration = Registration {
        username: format!("p{}", &account.uuid().simple().to_string()[..20]),
        email: format!("{account}@example.com"),
        display_name: "Somebody".to_owned(),
        password_hash: String::new(),
    };
    let event = account::Event::SignedUp(account::SignedUp {
        account,
        personal: Personal::Known(registration),
    });
    append(echo, account, Scope::account(account), event).await
}

async fn befriend(echo: &Echo, by: AccountId, other: AccountId) -> Result<()> {
    let event = friendship::Event::Accepted(friendship::Step { by, other });
    let pair = Pair::of(by, other).context("two people")?;
    append(echo, by, Scope::friendship(pair), event).await
}

async fn append(echo: &Echo, actor: AccountId, scope: Scope, event: impl Into<Event>) -> Result<()> {
    let meta = Meta {
        at: platform::clock::now(),
        command_id: CommandId::from(platform::id::random()),
        command_hash: None,
        actor: Some(actor),
        traceparent: None,
    };
    let new = NewEvent {
        scope,
        event: event.into(),
        expect: Expect::Anything,
    };
    echo.system.store.append(new, &meta).await?;
    Ok(())
}
