//! `/v1/posts`: publishing, editing, deleting.

use events::MediaId;
use events::post::{Block, Content, Visibility};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::validation::{Checks, Lines, limits};

mod delete;
mod edit;
mod publish;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(publish::publish))
        .routes(routes!(edit::edit, delete::delete))
}

/// A post that was made or changed.
#[derive(Serialize, ToSchema)]
#[schema(as = PostAccepted)]
struct Accepted {
    id: Uuid,
    /// The position of the change.
    #[schema(example = "e42")]
    position: String,
}

/// A block as it comes in; what is missing is found by the checks, so that every field at fault is told at once.
#[derive(Deserialize, Default)]
#[serde(default)]
struct BlockBody {
    r#type: String,
    text: String,
    media_id: String,
    alt: String,
}

/// One block of a post: a text or a picture.
#[derive(ToSchema)]
#[schema(as = NewBlock)]
#[expect(dead_code, reason = "describes what `BlockBody` reads")]
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum BlockSchema {
    /// A paragraph or several.
    Text {
        #[schema(min_length = 1, max_length = 5000)]
        text: String,
    },
    /// One of the caller's own pictures.
    Image {
        media_id: Uuid,
        /// What it shows, for who can't see it.
        #[schema(max_length = 1000)]
        alt: String,
    },
}

/// Who may see a post, its author apart.
#[derive(ToSchema)]
#[schema(as = Visibility)]
#[expect(dead_code, reason = "describes what is read as a text")]
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum VisibilitySchema {
    /// Everybody.
    Public,
    /// The author's friends.
    Friends,
}

/// Reads the blocks of a post.
fn check_blocks(checks: &mut Checks, blocks: Vec<BlockBody>) -> Content {
    if blocks.is_empty() {
        checks.fail("blocks", "required", "A post has at least one block.");
    } else if blocks.len() > limits::BLOCKS {
        checks.fail("blocks", "too-many", "A post has at most 20 blocks.");
    }
    let mut characters = 0;
    let mut read = Vec::new();
    for (n, block) in blocks.into_iter().enumerate() {
        match block.r#type.as_str() {
            "text" => {
                let field = format!("blocks[{n}].text");
                let text = checks.text(&field, block.text, limits::BLOCK_TEXT, Lines::Many);
                characters += text.chars().count();
                read.push(Block::Text { text });
            }
            "image" => {
                let media = checks.id(&format!("blocks[{n}].media_id"), &block.media_id);
                let alt =
                    checks.optional_text(&format!("blocks[{n}].alt"), block.alt, limits::ALT, Lines::Many);
                read.push(Block::Image {
                    media_id: MediaId::from(media),
                    alt,
                });
            }
            "" => checks.fail(format!("blocks[{n}].type"), "required", "This may not be empty."),
            _ => checks.fail(
                format!("blocks[{n}].type"),
                "invalid",
                "A block is of type text or image.",
            ),
        }
    }
    if characters > limits::POST_TEXT {
        checks.fail("blocks", "too-long", "A post has at most 20,000 characters.");
    }
    Content { blocks: read }
}

fn check_visibility(checks: &mut Checks, text: &str) -> Visibility {
    match text {
        "public" => return Visibility::Public,
        "friends" => return Visibility::Friends,
        "" => checks.fail("visibility", "required", "This may not be empty."),
        _ => checks.fail("visibility", "invalid", "A post is public or for friends."),
    }
    // Not used: a check has failed.
    Visibility::Friends
}
