//! The demo network's pictures, painted by program: nobody's copyright, and the same every time.
use anyhow::Result;
use serde::Deserialize;

mod canvas;
mod chance;
mod scenes;

use chance::Chance;
use scenes::Light;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scene {
    Hills,
    Sea,
    Harbour,
    Forest,
    Oranges,
}

/// A picture in `network.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Picture {
    scene: Scene,
    light: Light,
    /// What it shows, in words.
    pub(super) alt: String,
}

/// The shape of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// In a post or a message.
    Photo,
    /// Across a profile.
    Cover,
}

impl Picture {
    /// Paints it. Another number gives another picture of the same.
    pub(super) fn paint(&self, shape: Shape, number: u32) -> Result<Vec<u8>> {
        let (width, height) = match shape {
            Shape::Photo => (960, 640),
            Shape::Cover => (1200, 400),
        };
        self.scene.paint(width, height, self.light, number)
    }
}

impl Scene {
    fn paint(self, width: u32, height: u32, light: Light, number: u32) -> Result<Vec<u8>> {
        let paint = match self {
            Scene::Hills => scenes::hills,
            Scene::Sea => scenes::sea,
            Scene::Harbour => scenes::harbour,
            Scene::Forest => scenes::forest,
            Scene::Oranges => scenes::oranges,
        };
        paint(width, height, light, Chance::new(number)).to_png()
    }
}

/// Paints somebody, by number.
pub(super) fn portrait(number: u32) -> Result<Vec<u8>> {
    scenes::portrait(320, Chance::new(number)).to_png()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_the_same_every_time_and_no_two_people_look_alike() {
        assert_eq!(portrait(1).unwrap(), portrait(1).unwrap());
        let mut people: Vec<_> = (0..12).map(|number| portrait(number).unwrap()).collect();
        people.sort();
        people.dedup();
        assert_eq!(people.len(), 12);
    }

    #[test]
    fn every_scene_can_be_painted_in_every_light() {
        for scene in [
            Scene::Hills,
            Scene::Sea,
            Scene::Harbour,
            Scene::Forest,
            Scene::Oranges,
        ] {
            for light in [Light::Dawn, Light::Day, Light::Dusk, Light::Night] {
                let file = scene.paint(60, 40, light, 3).unwrap();
                assert!(file.starts_with(b"\x89PNG"), "{scene:?} {light:?}");
            }
        }
    }
}
