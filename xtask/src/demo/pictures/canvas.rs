//! A canvas of pixels and a few brushes.
//!
//! Lengths are fractions of the canvas' height, from the upper left corner, so that a circle is round on every canvas.
//! Edges are soft over one pixel.
use std::ops::Range;

use anyhow::{Context, Result};
use png::{BitDepth, ColorType, Encoder};

/// Red, green and blue, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Color([f64; 3]);

impl Color {
    /// A colour as stylesheets write it: `0xrrggbb`.
    pub(super) fn hex(code: u32) -> Color {
        let [_, red, green, blue] = code.to_be_bytes();
        Color([red, green, blue].map(|channel| f64::from(channel) / 255.0))
    }

    /// Between this and another colour: this one at 0, the other at 1.
    pub(super) fn mix(self, other: Color, share: f64) -> Color {
        let (Color(from), Color(to)) = (self, other);
        let share = share.clamp(0.0, 1.0);
        Color([0, 1, 2].map(|channel| from[channel] + (to[channel] - from[channel]) * share))
    }

    fn bytes(self) -> [u8; 3] {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to what a byte holds"
        )]
        self.0
            .map(|channel| (channel.clamp(0.0, 1.0) * 255.0).round() as u8)
    }
}

/// What is painted on.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<Color>,
}

impl Canvas {
    /// A canvas that is filled by how far down a place is.
    pub(super) fn new(width: u32, height: u32, color: impl Fn(f64) -> Color) -> Canvas {
        let row = |y: u32| (color(f64::from(y) / f64::from(height)), width as usize);
        let pixels = (0..height).flat_map(|y| {
            let (color, width) = row(y);
            std::iter::repeat_n(color, width)
        });
        Canvas {
            width,
            height,
            pixels: pixels.collect(),
        }
    }

    /// How wide it is.
    pub(super) fn width(&self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }

    /// Paints all that lies below a line, which tells for each place across how far down it is.
    pub(super) fn below(&mut self, line: impl Fn(f64) -> f64, color: impl Fn(f64, f64) -> Color) {
        let scale = f64::from(self.height);
        for column in 0..self.width {
            let x = f64::from(column) / scale;
            let edge = line(x);
            for row in self.rows(edge, 1.0) {
                let y = f64::from(row) / scale;
                self.blend(column, row, color(x, y), (y - edge) * scale + 0.5);
            }
        }
    }

    /// Paints an ellipse around a point.
    pub(super) fn ellipse(
        &mut self,
        (x, y): (f64, f64),
        (rx, ry): (f64, f64),
        color: impl Fn(f64, f64) -> Color,
    ) {
        let scale = f64::from(self.height);
        for row in self.rows(y - ry, y + ry) {
            for column in self.columns(x - rx, x + rx) {
                let (px, py) = (f64::from(column) / scale, f64::from(row) / scale);
                let distance = ((px - x) / rx).hypot((py - y) / ry);
                self.blend(
                    column,
                    row,
                    color(px, py),
                    (1.0 - distance) * rx.min(ry) * scale + 0.5,
                );
            }
        }
    }

    /// Paints a rectangle.
    pub(super) fn rectangle(&mut self, x: Range<f64>, y: Range<f64>, color: Color) {
        for row in self.rows(y.start, y.end) {
            for column in self.columns(x.start, x.end) {
                self.blend(column, row, color, 1.0);
            }
        }
    }

    /// Lets a point shine over all that is nearer than `radius`.
    pub(super) fn glow(&mut self, (x, y): (f64, f64), radius: f64, color: Color, strength: f64) {
        let scale = f64::from(self.height);
        for row in self.rows(y - radius, y + radius) {
            for column in self.columns(x - radius, x + radius) {
                let distance = (f64::from(column) / scale - x).hypot(f64::from(row) / scale - y) / radius;
                self.blend(column, row, color, strength * (1.0 - distance).max(0.0).powi(2));
            }
        }
    }

    /// The picture as a PNG.
    pub(super) fn to_png(&self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        let pixels: Vec<u8> = self.pixels.iter().flat_map(|color| color.bytes()).collect();
        let mut writer = encoder.write_header().context("a picture's header")?;
        writer.write_image_data(&pixels).context("a picture's pixels")?;
        writer.finish().context("a picture's end")?;
        Ok(file)
    }

    fn blend(&mut self, column: u32, row: u32, color: Color, share: f64) {
        if share > 0.0 {
            let pixel = &mut self.pixels[row as usize * self.width as usize + column as usize];
            *pixel = pixel.mix(color, share);
        }
    }

    fn rows(&self, from: f64, to: f64) -> Range<u32> {
        within(from, to, self.height, self.height)
    }

    fn columns(&self, from: f64, to: f64) -> Range<u32> {
        within(from, to, self.height, self.width)
    }
}

/// The pixels from one place to another that are on the canvas.
fn within(from: f64, to: f64, scale: u32, end: u32) -> Range<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the canvas"
    )]
    let pixel = |place: f64| place.clamp(0.0, f64::from(end)) as u32;
    let scale = f64::from(scale);
    pixel((from * scale).floor() - 1.0)..pixel((to * scale).ceil() + 1.0)
}
