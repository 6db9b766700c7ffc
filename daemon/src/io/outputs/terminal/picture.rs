//! A page as pixels, in the colours that the terminal has, and as the characters they become.
//!
//! Owns both canvases and the choice of character and colours for each cell. Refuses to know
//! where cells stand.

use bellboard_panel::{
    Canvas, ColorCanvas, Look, Role, Snapshot,
    canvas::half_block,
    screens::{self, Page},
};
use embedded_graphics::geometry::{Point, Size};

use super::{
    capability::{self, Colors, color},
    plan::Form,
};
use crate::io::outputs::{dimming::dimmed, frames::Frame};

/// A page as pixels.
#[derive(Clone, Debug)]
pub enum Picture {
    /// Of light and dark pixels.
    Mono(Canvas),
    /// In colour.
    Color(ColorCanvas),
}

/// A character and its colours, `0x00RRGGBB`; without colours both are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The character.
    pub glyph: char,
    /// Its colour.
    pub ink: u32,
    /// The colour behind it.
    pub ground: u32,
}

impl Picture {
    /// Draws a page of so many pixels.
    #[must_use]
    pub fn draw(colors: Colors, size: Size, page: Page, snapshot: &Snapshot, look: &Look) -> Self {
        if colors == Colors::None {
            let mut canvas = Canvas::new(size.width, size.height);
            let Ok(()) = screens::draw(page, snapshot, look, &mut canvas);
            Self::Mono(canvas)
        } else {
            let mut canvas = ColorCanvas::new(size.width, size.height);
            let Ok(()) = screens::draw(page, snapshot, look, &mut canvas);
            Self::Color(canvas)
        }
    }

    /// The picture for whoever looks at it from elsewhere.
    #[must_use]
    pub fn to_frame(&self) -> Frame {
        match self {
            Self::Mono(canvas) => Frame::Mono(canvas.clone()),
            Self::Color(canvas) => Frame::Color(canvas.clone()),
        }
    }

    /// The cell whose top left pixel is this one, on a display of so many percent brightness.
    #[must_use]
    pub fn cell(&self, form: Form, corner: Point, percent: u8) -> Cell {
        match (self, form) {
            (Self::Mono(canvas), form) => plain(canvas, form, corner),
            (Self::Color(canvas), Form::HalfBlocks) => halves(canvas, corner).dimmed(percent),
            (Self::Color(canvas), Form::Braille) => dots(canvas, corner).dimmed(percent),
        }
    }
}

impl Cell {
    fn dimmed(self, percent: u8) -> Self {
        Self { ink: dimmed(self.ink, percent), ground: dimmed(self.ground, percent), ..self }
    }
}

fn plain(canvas: &Canvas, form: Form, Point { x, y }: Point) -> Cell {
    let glyph = match form {
        Form::HalfBlocks => half_block(canvas.pixel(x, y), canvas.pixel(x, y + 1)),
        Form::Braille => braille(|dx, dy| canvas.pixel(x + dx, y + dy)),
    };
    Cell { glyph, ink: 0, ground: 0 }
}

/// Two pixels, each in its own colour. Where one is ground the other is the ink, so that the
/// characters alone, which is what is copied or read aloud, are the picture without its colours.
fn halves(canvas: &ColorCanvas, Point { x, y }: Point) -> Cell {
    let bare = color(Role::Ground);
    let (upper, lower) = (pixel(canvas, x, y), pixel(canvas, x, y + 1));
    let lit = |pixel| pixel != bare;
    match half_block(lit(upper), lit(lower)) {
        '█' if upper != lower => Cell { glyph: '▀', ink: upper, ground: lower },
        ' ' => Cell { glyph: ' ', ink: bare, ground: bare },
        '▄' => Cell { glyph: '▄', ink: lower, ground: bare },
        glyph => Cell { glyph, ink: upper, ground: bare },
    }
}

/// Eight pixels that share an ink: that of the most salient role among them.
fn dots(canvas: &ColorCanvas, Point { x, y }: Point) -> Cell {
    let bare = color(Role::Ground);
    let mut most = (0, Role::Ground);
    let glyph = braille(|dx, dy| {
        let (salience, role) = capability::nearest_role(pixel(canvas, x + dx, y + dy));
        if salience > most.0 {
            most = (salience, role);
        }
        role != Role::Ground
    });
    Cell { glyph, ink: color(most.1), ground: bare }
}

/// The colour of a pixel; outside of the picture all is ground.
fn pixel(canvas: &ColorCanvas, x: i32, y: i32) -> u32 {
    use embedded_graphics::geometry::OriginDimensions;
    let inside = (x as u32) < canvas.size().width && (y as u32) < canvas.size().height;
    if inside { canvas.row(y as u32)[x as usize] } else { color(Role::Ground) }
}

/// The braille pattern whose raised dots are the lit ones of two by four pixels.
fn braille(mut lit: impl FnMut(i32, i32) -> bool) -> char {
    /// The bit of each dot, row by row, as Unicode numbers them.
    const DOTS: [(i32, i32, u32); 8] =
        [(0, 0, 1), (1, 0, 8), (0, 1, 2), (1, 1, 16), (0, 2, 4), (1, 2, 32), (0, 3, 64), (1, 3, 128)];
    let pattern = DOTS.iter().filter(|(dx, dy, _)| lit(*dx, *dy)).fold(0x2800, |p, (.., bit)| p | bit);
    char::from_u32(pattern).expect("0x2800 to 0x28FF are characters")
}

#[cfg(test)]
mod tests {
    use bellboard_panel::Palette;
    use embedded_graphics::{Pixel, draw_target::DrawTarget, pixelcolor::Rgb888};

    use super::*;

    const FULL: u8 = 100;

    fn colored(pixels: &[(i32, i32, Role)]) -> Picture {
        let mut canvas = ColorCanvas::new(4, 7);
        let Ok(()) = canvas.clear(Rgb888::of(Role::Ground));
        let points = pixels.iter().map(|(x, y, role)| Pixel(Point::new(*x, *y), Rgb888::of(*role)));
        let Ok(()) = canvas.draw_iter(points);
        Picture::Color(canvas)
    }

    fn cell(glyph: char, ink: Role, ground: Role) -> Cell {
        Cell { glyph, ink: color(ink), ground: color(ground) }
    }

    #[test]
    fn a_half_block_has_both_colours_and_without_them_is_still_the_picture() {
        let picture =
            colored(&[(0, 0, Role::Fine), (1, 1, Role::AtRisk), (2, 0, Role::Text), (2, 1, Role::Text)]);
        let at = |x| picture.cell(Form::HalfBlocks, Point::new(x, 0), FULL);
        assert_eq!(at(0), cell('▀', Role::Fine, Role::Ground));
        assert_eq!(at(1), cell('▄', Role::AtRisk, Role::Ground));
        assert_eq!(at(2), cell('█', Role::Text, Role::Ground));
        assert_eq!(at(3), cell(' ', Role::Ground, Role::Ground));
        let two = colored(&[(0, 0, Role::Breached), (0, 1, Role::Number)]);
        assert_eq!(two.cell(Form::HalfBlocks, Point::zero(), FULL), cell('▀', Role::Breached, Role::Number));
    }

    #[test]
    fn a_cell_of_braille_has_the_colour_of_the_worst_that_is_in_it() {
        let picture =
            colored(&[(0, 0, Role::Number), (1, 3, Role::Breached), (2, 0, Role::Text), (3, 0, Role::Fine)]);
        let at = |x| picture.cell(Form::Braille, Point::new(x, 0), FULL);
        assert_eq!(at(0), cell('⢁', Role::Breached, Role::Ground));
        assert_eq!(at(2), cell('⠉', Role::Fine, Role::Ground));
    }

    #[test]
    fn a_picture_that_ends_within_a_cell_is_ground_beyond_its_end() {
        let picture = colored(&[(3, 6, Role::Text)]);
        assert_eq!(
            picture.cell(Form::HalfBlocks, Point::new(3, 6), FULL),
            cell('▀', Role::Text, Role::Ground)
        );
        assert_eq!(picture.cell(Form::Braille, Point::new(2, 4), FULL), cell('⠠', Role::Text, Role::Ground));
    }

    #[test]
    fn without_colours_characters_are_all_there_is() {
        let mut canvas = Canvas::new(4, 8);
        for (x, y) in [(0, 0), (1, 1), (2, 0), (2, 1)] {
            canvas.set(x, y, true);
        }
        let picture = Picture::Mono(canvas);
        let at = |form, x| picture.cell(form, Point::new(x, 0), FULL);
        assert_eq!(at(Form::HalfBlocks, 0), Cell { glyph: '▀', ink: 0, ground: 0 });
        assert_eq!(at(Form::HalfBlocks, 2), Cell { glyph: '█', ink: 0, ground: 0 });
        assert_eq!(at(Form::Braille, 0), Cell { glyph: '⠑', ink: 0, ground: 0 });
    }

    #[test]
    fn a_dimmed_terminal_is_darker_in_the_same_colours() {
        let bright = colored(&[(0, 0, Role::Number)]).cell(Form::HalfBlocks, Point::zero(), FULL);
        let dim = colored(&[(0, 0, Role::Number)]).cell(Form::HalfBlocks, Point::zero(), 0);
        assert!(dim.ink < bright.ink && dim.glyph == bright.glyph);
    }
}
