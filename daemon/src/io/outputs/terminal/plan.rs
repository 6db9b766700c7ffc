//! Where a picture lies on a terminal, how large it is, and which characters it is made of.
//!
//! Owns the choice between half blocks and braille, and the size that follows the terminal.
//! Refuses to know what is drawn.

use embedded_graphics::geometry::Size;

/// The largest picture, in pixels, that grows with a terminal: beyond it pages gain nothing, and
/// a frame over a slow line would take long.
const MAX_SIZE: Size = Size::new(256, 128);
/// The smallest picture that pages are made for, in pixels.
const MIN_SIZE: Size = Size::new(64, 32);
/// Half blocks are as solid as a display and have all colours, but take four times the room of
/// braille. From so many pixels on a page in half blocks has as much on it as it needs.
const MIN_HALF_BLOCKS: Size = Size::new(96, 48);
/// A row of the terminal is for the words below the picture.
const WORDS: u16 = 1;

/// How pixels become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One by two pixels a character.
    HalfBlocks,
    /// Two by four pixels a character.
    Braille,
}

impl Form {
    /// Pixels a character stands for.
    #[must_use]
    pub const fn cell(self) -> Size {
        match self {
            Self::HalfBlocks => Size::new(1, 2),
            Self::Braille => Size::new(2, 4),
        }
    }

    /// Characters that a picture takes: columns and rows.
    fn extent(self, size: Size) -> Size {
        let Size { width, height } = self.cell();
        Size::new(size.width.div_ceil(width), size.height.div_ceil(height))
    }

    /// The largest picture for a terminal, in pixels.
    fn largest(self, (columns, rows): (u16, u16)) -> Size {
        let room = Size::new(columns.into(), rows.saturating_sub(WORDS).into());
        room.component_mul(self.cell()).component_min(MAX_SIZE)
    }
}

/// A picture's place on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Made of what.
    pub form: Form,
    /// Pixels.
    pub size: Size,
    /// Columns and rows that it takes.
    pub extent: Size,
    /// The column it begins in.
    pub left: u16,
    /// The row it begins in.
    pub top: u16,
}

/// The room that a picture would need at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Columns.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
}

impl Plan {
    /// The plan for a terminal of so many columns and rows: a picture of that size in the largest
    /// form that fits; without a size, one that fills the terminal, as far as pages gain by it.
    pub fn new(room: (u16, u16), fixed: Option<Size>, braille: bool) -> Result<Self, Needed> {
        let forms = if braille { &[Form::HalfBlocks, Form::Braille][..] } else { &[Form::HalfBlocks] };
        let smallest = forms[forms.len() - 1];
        let fits = |form: &Form| match fixed {
            Some(size) => holds(room, form.extent(size)),
            None if *form == smallest => at_least(form.largest(room), MIN_SIZE),
            None => at_least(form.largest(room), MIN_HALF_BLOCKS),
        };
        let Some(form) = forms.iter().copied().find(fits) else {
            let extent = smallest.extent(fixed.unwrap_or(MIN_SIZE));
            return Err(Needed { columns: extent.width, rows: extent.height + u32::from(WORDS) });
        };
        let size = fixed.unwrap_or_else(|| form.largest(room));
        let extent = form.extent(size);
        let left = (room.0 - extent.width as u16) / 2;
        let top = (room.1 - WORDS - extent.height as u16) / 2;
        Ok(Self { form, size, extent, left, top })
    }
}

fn holds((columns, rows): (u16, u16), extent: Size) -> bool {
    extent.width <= columns.into() && extent.height + u32::from(WORDS) <= rows.into()
}

fn at_least(size: Size, least: Size) -> bool {
    size.width >= least.width && size.height >= least.height
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(columns: u16, rows: u16) -> Option<(Form, (u32, u32))> {
        let plan = Plan::new((columns, rows), None, true).ok()?;
        Some((plan.form, (plan.size.width, plan.size.height)))
    }

    #[test]
    fn a_picture_grows_with_the_terminal_up_to_a_limit() {
        assert_eq!(grown(32, 9), Some((Form::Braille, (64, 32))));
        assert_eq!(grown(80, 24), Some((Form::Braille, (160, 92))));
        assert_eq!(grown(120, 40), Some((Form::HalfBlocks, (120, 78))));
        assert_eq!(grown(200, 60), Some((Form::HalfBlocks, (200, 118))));
        assert_eq!(grown(400, 120), Some((Form::HalfBlocks, (256, 128))));
        assert_eq!(grown(31, 9), None);
        assert_eq!(grown(32, 8), None);
    }

    #[test]
    fn a_picture_with_a_size_of_its_own_keeps_it() {
        let plan = |room| Plan::new(room, Some(Size::new(128, 64)), true).map(|plan| plan.form);
        assert_eq!(plan((128, 33)), Ok(Form::HalfBlocks));
        assert_eq!(plan((127, 33)), Ok(Form::Braille));
        assert_eq!(plan((64, 17)), Ok(Form::Braille));
        assert_eq!(plan((30, 10)), Err(Needed { columns: 64, rows: 17 }));
    }

    #[test]
    fn without_braille_half_blocks_are_used_as_long_as_they_fit() {
        let plan = |room| Plan::new(room, None, false).map(|plan| (plan.form, plan.size));
        assert_eq!(plan((80, 25)), Ok((Form::HalfBlocks, Size::new(80, 48))));
        assert_eq!(plan((63, 25)), Err(Needed { columns: 64, rows: 17 }));
    }

    #[test]
    fn a_picture_lies_in_the_middle_and_within_the_terminal_whatever_its_size() {
        for columns in 0..300_u16 {
            for rows in 0..90_u16 {
                for fixed in [None, Some(Size::new(128, 32))] {
                    let Ok(plan) = Plan::new((columns, rows), fixed, true) else { continue };
                    let (right, bottom) =
                        (plan.left + plan.extent.width as u16, plan.top + plan.extent.height as u16);
                    assert!(right <= columns && bottom < rows, "{columns}x{rows}: {plan:?}");
                    assert!(plan.left.abs_diff(columns - right) <= 1);
                    assert!(at_least(plan.size, MIN_SIZE));
                }
            }
        }
    }
}
