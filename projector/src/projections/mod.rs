//! The read models' projections, one file each.

mod accounts;
mod chat;
mod feed;
mod friends;
mod media_usage;
mod notifications;
mod posts;
mod profiles;
mod sessions;

use std::sync::Arc;

pub use accounts::Accounts;
pub use chat::Chat;
pub use feed::Feed;
pub use friends::Friends;
pub use media_usage::MediaUsage;
pub use notifications::Notifications;
pub use posts::Posts;
pub use profiles::Profiles;
pub use sessions::Sessions;

use crate::Projection;

/// All of them.
pub fn all() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(Accounts),
        Arc::new(Chat),
        Arc::new(Feed),
        Arc::new(Friends),
        Arc::new(MediaUsage),
        Arc::new(Notifications),
        Arc::new(Posts),
        Arc::new(Profiles),
        Arc::new(Sessions),
    ]
}

/// A name that no projection has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no projection {name:?}; there are {known}")]
pub struct UnknownProjection {
    name: String,
    known: String,
}

/// The projections with these names, each once; all if none is named.
pub fn named(names: &[String]) -> Result<Vec<Arc<dyn Projection>>, UnknownProjection> {
    let known: Vec<&str> = read_model::PROJECTIONS.iter().map(|model| model.name).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(UnknownProjection {
            name: name.clone(),
            known: known.join(", "),
        });
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let mut projections = all();
    projections.retain(|projection| wanted(projection.model().name));
    Ok(projections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_read_model_has_its_projection() {
        let names: Vec<_> = all().iter().map(|projection| projection.model().name).collect();
        let models: Vec<_> = read_model::PROJECTIONS.iter().map(|model| model.name).collect();
        assert_eq!(names, models);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = named(&["feed".to_owned(), "likes".to_owned()]).err().unwrap();
        assert_eq!(
            error.to_string(),
            "there is no projection \"likes\"; there are accounts, chat, feed, friends, media_usage, \
             notifications, posts, profiles, sessions"
        );
    }

    #[test]
    fn named_projections_come_once_and_none_named_means_all() {
        let two = named(&["posts".to_owned(), "chat".to_owned(), "posts".to_owned()]).unwrap();
        assert_eq!(two.len(), 2);
        assert_eq!(named(&[]).unwrap().len(), read_model::PROJECTIONS.len());
    }
}
