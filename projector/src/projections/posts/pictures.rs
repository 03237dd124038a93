//! What is known of pictures, kept for the posts of their owner.

use events::{AccountId, MediaId, media, post};
use read_model::{
    posts::{Picture, PictureFacts},
    uuid,
};

use crate::{ApplyError, Key, Loaded, Write};

/// Whose picture it is.
pub(super) fn owner(what: &media::Event) -> AccountId {
    match what {
        media::Event::Uploaded(uploaded) => uploaded.owner,
        media::Event::Deleted(deleted) => deleted.owner,
    }
}

pub(super) fn apply(what: &media::Event) -> Vec<Write> {
    match what {
        media::Event::Uploaded(uploaded) => {
            let picture = uploaded.personal.known().map(|description| Picture {
                id: uuid(uploaded.media),
                owner: uuid(uploaded.owner),
                facts: PictureFacts {
                    width: uploaded.width.into(),
                    height: uploaded.height.into(),
                    blurhash: description.blurhash.clone(),
                },
            });
            picture.iter().map(Write::put).collect()
        }
        media::Event::Deleted(deleted) => vec![Write::delete::<Picture>(uuid(deleted.media))],
    }
}

/// What a version of a post needs to know of the pictures that it shows.
pub(super) fn needs(version: &post::Version) -> impl Iterator<Item = Key> {
    let content = version.personal.known();
    let blocks = content.into_iter().flat_map(|content| &content.blocks);
    blocks.filter_map(|block| match block {
        post::Block::Image { media_id, .. } => Some(Key::of::<Picture>(uuid(*media_id))),
        post::Block::Text { .. } => None,
    })
}

/// What is known of a picture.
pub(super) fn facts(loaded: &Loaded, media: MediaId) -> Result<Option<PictureFacts>, ApplyError> {
    let picture = loaded.get::<Picture>(uuid(media))?;
    Ok(picture.map(|picture| picture.facts))
}
