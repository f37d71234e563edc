//! plotters' bitmap with our own text: plotters would look for a font that the machine has.

use images::Text;
use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontTransform,
    text_anchor::{HPos, VPos},
};

/// A bitmap that can write.
pub struct Lettered<'a>(pub BitMapBackend<'a>);

type Failed<'a> = DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>;

fn lettered<'t, S: BackendTextStyle>(text: &'t str, style: &S) -> Text<'t> {
    Text::new(text, style.size() as u32)
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
        Ok(lettered(text, style).size())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Result<(), Failed<'a>> {
        let text = lettered(text, style);
        let (width, rows) = text.size();
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
        for (column, row, ink) in text.ink() {
            let (right, down) = turned(&transform, left + column as i32, top + row as i32);
            let mut color = style.color();
            color.alpha *= ink;
            self.0.draw_pixel((x + right, y + down), color)?;
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
