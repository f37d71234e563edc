//! plotters' bitmap with text of a font in the program: what a machine has installed changes nothing.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontTransform,
    text_anchor::{HPos, VPos},
};

const WEIGHT: FontWeight = FontWeight::Regular;

/// A bitmap that can write.
pub struct Lettered<'a>(pub BitMapBackend<'a>);

type Failed<'a> = DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>;

/// The largest of the font's sizes that is not larger than `size` pixels.
fn height(size: f64) -> RasterHeight {
    match size {
        size if size >= 24.0 => RasterHeight::Size24,
        size if size >= 20.0 => RasterHeight::Size20,
        _ => RasterHeight::Size16,
    }
}

/// Width and height of a line of text.
fn extent(text: &str, height: RasterHeight) -> (u32, u32) {
    let width = text.chars().count() * get_raster_width(WEIGHT, height);
    (width as u32, height.val() as u32)
}

impl<'a> DrawingBackend for Lettered<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), Failed<'a>> {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), Failed<'a>> {
        self.0.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Result<(), Failed<'a>> {
        self.0.draw_pixel(point, color)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), Failed<'a>> {
        self.0.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), Failed<'a>> {
        Ok(extent(text, height(style.size())))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Result<(), Failed<'a>> {
        let size = height(style.size());
        let (width, rows) = extent(text, size);
        let anchor = style.anchor();
        let left = match anchor.h_pos {
            HPos::Left => 0,
            HPos::Center => -(width as i32) / 2,
            HPos::Right => -(width as i32),
        };
        let top = match anchor.v_pos {
            VPos::Top => 0,
            VPos::Center => -(rows as i32) / 2,
            VPos::Bottom => -(rows as i32),
        };
        let transform = style.transform();
        for (index, character) in text.chars().enumerate() {
            let Some(glyph) = get_raster(character, WEIGHT, size) else {
                continue;
            };
            let start = left + (index * glyph.width()) as i32;
            for (row, line) in (top..).zip(glyph.rows()) {
                for (column, ink) in (start..).zip(line.iter()) {
                    if *ink > 0 {
                        let (right, down) = turned(&transform, column, row);
                        let mut color = style.color();
                        color.alpha *= f64::from(*ink) / 255.0;
                        self.0.draw_pixel((x + right, y + down), color)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn turned(transform: &FontTransform, x: i32, y: i32) -> (i32, i32) {
    match transform {
        FontTransform::Rotate90 => (-y, x),
        FontTransform::Rotate180 => (-x, -y),
        FontTransform::Rotate270 => (y, -x),
        FontTransform::None => (x, y),
    }
}
