//! What the pictures show.
use serde::Deserialize;

use super::canvas::{Canvas, Color};
use super::chance::Chance;

/// When it is, which gives a picture its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Light {
    Dawn,
    Day,
    Dusk,
    Night,
}

/// The colours of a time of day.
struct Palette {
    zenith: Color,
    horizon: Color,
    sun: Color,
    near: Color,
    water: Color,
}

impl Light {
    fn palette(self) -> Palette {
        let [zenith, horizon, sun, near, water] = match self {
            Light::Dawn => [0x0036_5b8c, 0x00f7_c5a8, 0x00ff_e9c9, 0x0024_3b4a, 0x003b_6a8a],
            Light::Day => [0x003f_8fd2, 0x00d6_ecf7, 0x00ff_fbe6, 0x001f_5a43, 0x002a_7fae],
            Light::Dusk => [0x0040_2a5e, 0x00f2_8a5b, 0x00ff_d79a, 0x0021_1a33, 0x004a_3c6e],
            Light::Night => [0x0008_1026, 0x0023_3a63, 0x00f4_f1de, 0x0007_0c18, 0x0010_2340],
        };
        Palette {
            zenith: Color::hex(zenith),
            horizon: Color::hex(horizon),
            sun: Color::hex(sun),
            near: Color::hex(near),
            water: Color::hex(water),
        }
    }
}

/// The sky down to a horizon, with what shines in it.
fn sky(width: u32, height: u32, light: Light, horizon: f64, chance: Chance) -> Canvas {
    let palette = light.palette();
    let mut canvas = Canvas::new(width, height, |y| {
        palette.zenith.mix(palette.horizon, (y / horizon).powf(1.4))
    });
    if light == Light::Night {
        for star in 0..160 {
            let stars = chance.branch(star);
            let place = (
                stars.between(0, 0.0, canvas.width()),
                stars.between(1, 0.0, horizon),
            );
            canvas.glow(place, stars.between(2, 0.004, 0.011), palette.sun, 0.9);
        }
    }
    let (low, high) = match light {
        Light::Dawn | Light::Dusk => (horizon * 0.72, horizon * 0.92),
        Light::Day | Light::Night => (horizon * 0.25, horizon * 0.4),
    };
    let sun = (
        chance.between(1, 0.25, 0.75) * canvas.width(),
        chance.between(2, low, high),
    );
    canvas.glow(sun, 0.7, palette.sun, 0.55);
    canvas.ellipse(sun, (0.055, 0.055), |_, _| palette.sun);
    canvas
}

/// Ridge behind ridge, paler with the distance.
pub(super) fn hills(width: u32, height: u32, light: Light, chance: Chance) -> Canvas {
    const RIDGES: u32 = 6;
    let palette = light.palette();
    let mut canvas = sky(width, height, light, 0.62, chance);
    for ridge in 0..RIDGES {
        let nearness = f64::from(ridge + 1) / f64::from(RIDGES);
        let line = chance.branch(100 + ridge);
        let (top, rise) = (0.4 + 0.48 * nearness, 0.16 - 0.08 * nearness);
        let color = palette.horizon.mix(palette.near, 0.2 + 0.8 * nearness);
        canvas.below(
            |x| top - rise * line.line(x * (2.2 - nearness) + 7.0, 4),
            // Mist lies in the valleys.
            |_, y| color.mix(palette.horizon, (y - top) * (1.6 - 1.5 * nearness)),
        );
    }
    canvas
}

/// Water to the horizon, and what the sky lays on it.
pub(super) fn sea(width: u32, height: u32, light: Light, chance: Chance) -> Canvas {
    let palette = light.palette();
    let horizon = 0.56;
    let mut canvas = sky(width, height, light, horizon, chance);
    let sun = chance.between(1, 0.25, 0.75) * canvas.width();
    let far = palette.horizon.mix(palette.water, 0.55);
    canvas.below(
        |_| horizon,
        |x, y| {
            let depth = (y - horizon) / (1.0 - horizon);
            // Waves are longer and farther apart the nearer they are.
            let wave = chance.branch(300).line(depth.sqrt() * 30.0, 1);
            let ripple = chance.branch(301).line(x * (14.0 - 9.0 * depth) + wave * 3.0, 2);
            let path = (1.0 - (x - sun).abs() / (0.06 + 0.35 * depth)).max(0.0);
            let glint = (wave * 0.5 + ripple).max(0.0);
            far.mix(palette.near.mix(palette.water, 0.7), depth)
                .mix(palette.horizon, glint * 0.22)
                .mix(palette.sun, path * (0.25 + glint * 0.6))
        },
    );
    canvas
}

/// A quay with lit windows, upside down once more in the water.
pub(super) fn harbour(width: u32, height: u32, light: Light, chance: Chance) -> Canvas {
    let palette = light.palette();
    let quay = 0.6;
    let mut canvas = sky(width, height, light, quay, chance);
    let water = palette.water.mix(palette.horizon, 0.25);
    canvas.below(
        |_| quay,
        |x, y| {
            let ripple = chance
                .branch(300)
                .line(y * 60.0 + chance.branch(301).line(x * 9.0, 1), 1);
            water
                .mix(palette.near, (y - quay) * 1.4)
                .mix(palette.horizon, ripple * 0.12)
        },
    );
    let mut x = -0.02;
    for house in 0.. {
        if x > canvas.width() {
            break;
        }
        let house = chance.branch(400 + house);
        let (wide, tall) = (house.between(0, 0.07, 0.16), house.between(1, 0.1, 0.28));
        let wall = palette.near.mix(
            Color::hex(house.pick(
                2,
                [0x00b5_5a3c, 0x00d9_a441, 0x004f_7c82, 0x009c_4a55, 0x006b_7a4f],
            )),
            if light == Light::Night { 0.18 } else { 0.65 },
        );
        canvas.rectangle(x..x + wide, quay - tall..quay, wall);
        canvas.rectangle(x..x + wide, quay..quay + tall * 0.8, water.mix(wall, 0.35));
        windows(&mut canvas, house, x..x + wide, quay - tall..quay);
        x += wide + 0.004;
    }
    canvas.rectangle(0.0..canvas.width(), quay - 0.012..quay + 0.006, palette.near);
    canvas
}

/// Lit windows on a wall, each with a shimmer below the water line, which is the wall's foot.
fn windows(canvas: &mut Canvas, house: Chance, x: std::ops::Range<f64>, y: std::ops::Range<f64>) {
    let lamp = Color::hex(0x00ff_d98a);
    let (mut floor, mut number) = (y.start + 0.025, 10);
    while floor + 0.03 < y.end {
        let mut left = x.start + 0.014;
        while left + 0.02 < x.end {
            number += 1;
            if house.at(number) > 0.45 {
                canvas.rectangle(left..left + 0.012, floor..floor + 0.018, lamp);
                let below = y.end + (y.end - floor) * 0.8;
                canvas.glow((left + 0.006, below), 0.03, lamp, 0.4);
            }
            left += 0.026;
        }
        floor += 0.042;
    }
}

/// Firs, row behind row.
pub(super) fn forest(width: u32, height: u32, light: Light, chance: Chance) -> Canvas {
    const ROWS: u32 = 5;
    let palette = light.palette();
    let mut canvas = sky(width, height, light, 0.75, chance);
    for row in 0..ROWS {
        let nearness = f64::from(row + 1) / f64::from(ROWS);
        let trees = chance.branch(500 + row);
        let (ground, tall, apart) = (
            0.5 + 0.4 * nearness,
            0.1 + 0.3 * nearness,
            0.035 + 0.06 * nearness,
        );
        let color = palette.horizon.mix(palette.near, 0.15 + 0.85 * nearness);
        canvas.below(
            |x| {
                let tree = (x / apart).floor();
                let lean = trees.line(tree * 1.7, 0);
                let middle = ((x / apart - tree) - 0.5 - lean * 0.15).abs() * 2.0;
                // Branches: a saw along the slope of each tree.
                let saw = (middle * 9.0).fract() * 0.1;
                let top = tall * (0.75 + 0.25 * lean) * (1.0 - middle + saw).clamp(0.0, 1.0);
                ground - top - 0.03 * chance.branch(600 + row).line(x * 2.0, 1)
            },
            |_, y| color.mix(palette.horizon, (y - ground).max(0.0) * (2.2 - 2.0 * nearness)),
        );
    }
    canvas
}

/// Oranges on a table.
pub(super) fn oranges(width: u32, height: u32, light: Light, chance: Chance) -> Canvas {
    let palette = light.palette();
    let (wall, table) = (palette.horizon.mix(palette.zenith, 0.35), Color::hex(0x007a_4e32));
    let mut canvas = Canvas::new(width, height, |y| wall.mix(palette.horizon, y));
    canvas.below(
        |_| 0.62,
        |x, y| {
            let grain = chance
                .branch(700)
                .line(y * 40.0 + chance.branch(701).line(x * 1.5, 1), 2);
            table.mix(Color::hex(0x003e_2417), 0.25 + grain * 0.25 + (y - 0.62) * 0.4)
        },
    );
    let count = 9;
    for number in 0..count {
        let orange = chance.branch(800 + number);
        // Those in front lie lower, are larger, and are painted last.
        let front = f64::from(number) / f64::from(count - 1);
        let radius = 0.1 + 0.035 * front + orange.between(0, 0.0, 0.012);
        let center = (
            canvas.width() * orange.between(1, 0.14, 0.86),
            0.6 + 0.22 * front - radius * 0.4,
        );
        canvas.ellipse(
            (center.0 + 0.02, center.1 + radius * 0.92),
            (radius, radius * 0.2),
            |_, _| Color::hex(0x0034_1d12),
        );
        let (skin, shade) = (
            Color::hex(orange.pick(2, [0x00f7_941d, 0x00f2_7b1f, 0x00fb_a834])),
            Color::hex(0x00a8_3a10),
        );
        canvas.ellipse(center, (radius, radius), |x, y| {
            let away = (x - center.0 + radius * 0.4).hypot(y - center.1 + radius * 0.45) / radius;
            skin.mix(shade, (away - 0.35) * 0.75)
                .mix(palette.sun, (0.35 - away).max(0.0) * 1.6)
        });
        canvas.ellipse(
            (center.0 + radius * 0.1, center.1 - radius * 0.9),
            (radius * 0.3, radius * 0.11),
            |_, _| Color::hex(0x003c_7a3a),
        );
    }
    canvas
}

/// Somebody, as children's books draw people: no two alike.
pub(super) fn portrait(side: u32, chance: Chance) -> Canvas {
    let backdrop = [
        0x00f4_a259,
        0x005b_8e7d,
        0x00bc_4b51,
        0x006d_8ab5,
        0x00e0_b155,
        0x0080_659e,
        0x0052_a3a8,
        0x00c9_7b84,
    ];
    let back = Color::hex(chance.pick(0, backdrop));
    let skin = Color::hex(chance.pick(
        1,
        [0x00f3_d3b8, 0x00e0_ac86, 0x00c6_865c, 0x009a_6240, 0x006e_4230],
    ));
    let hair = Color::hex(chance.pick(
        2,
        [
            0x0022_1c1c,
            0x004a_2f22,
            0x008a_5a2b,
            0x00c9_9a52,
            0x00b9_b4ac,
            0x0093_3f24,
        ],
    ));
    let shirt = Color::hex(chance.pick(
        3,
        [
            0x0026_4653,
            0x00f1_faee,
            0x007b_2d43,
            0x003a_6b35,
            0x00e9_c46a,
            0x0037_4a7d,
        ],
    ));
    let mut canvas = Canvas::new(side, side, |y| back.mix(Color::hex(0x00ff_ffff), 0.3 - 0.4 * y));
    let head = (0.5, 0.42);
    let (rx, ry) = (chance.between(4, 0.155, 0.185), chance.between(5, 0.2, 0.225));
    let long = chance.at(6) > 0.5;
    if long {
        let width = rx * chance.between(7, 1.3, 1.5);
        canvas.ellipse((0.5, 0.5), (width, 0.33), |_, _| hair);
    }
    canvas.ellipse((0.5, 1.02), (0.37, 0.32), |_, y| {
        shirt.mix(Color::hex(0), (y - 0.75) * 0.5)
    });
    canvas.ellipse((0.5, 0.66), (0.075, 0.13), |_, _| {
        skin.mix(Color::hex(0x0050_2010), 0.18)
    });
    canvas.ellipse((0.5, head.1 - 0.035), (rx * 1.12, ry * 1.08), |_, _| hair);
    canvas.ellipse((0.5, head.1 + 0.03), (rx, ry * 0.94), |_, _| skin);
    // A fringe, to one side.
    let side_of = if chance.at(8) > 0.5 { 1.0 } else { -1.0 };
    canvas.ellipse(
        (0.5 + side_of * rx * 0.3, head.1 - ry * 0.72),
        (rx * 0.95, ry * chance.between(9, 0.28, 0.42)),
        |_, _| hair,
    );
    let dark = Color::hex(0x0033_2420);
    for eye in [-1.0, 1.0] {
        canvas.ellipse((0.5 + eye * rx * 0.42, head.1 + 0.035), (0.014, 0.018), |_, _| {
            dark
        });
        canvas.glow(
            (0.5 + eye * rx * 0.58, head.1 + 0.095),
            0.055,
            Color::hex(0x00e0_6a5a),
            0.4,
        );
    }
    // A smile is a mouth with skin over its upper half.
    canvas.ellipse((0.5, head.1 + 0.115), (rx * 0.38, 0.034), |_, _| {
        Color::hex(0x00a6_3d40)
    });
    canvas.ellipse((0.5, head.1 + 0.095), (rx * 0.46, 0.03), |_, _| skin);
    canvas
}
