//! What each display shows right now, for whoever wants to look at it from elsewhere.
//!
//! Owns the newest frame of each display by its name. Refuses to know how a frame is drawn, who
//! looks at it, and what a picture file is.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use bellboard_panel::{Canvas, ColorCanvas};

/// A picture as a display shows it, after rotation of pages, shift and dimming to dark.
#[derive(Clone, Debug)]
pub enum Frame {
    /// Of light and dark pixels.
    Mono(Canvas),
    /// In colour.
    Color(ColorCanvas),
}

/// The frames of all displays, by their names in the configuration. A clone shares them.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    watched: bool,
    slots: Arc<Mutex<BTreeMap<String, Slot>>>,
}

impl Frames {
    /// Frames that are kept where somebody can look at them, and dropped undrawn otherwise.
    #[must_use]
    pub fn new(watched: bool) -> Self {
        Self { watched, slots: Arc::default() }
    }

    /// The place for the frames of a display of that many pixels; black until the first one.
    #[must_use]
    pub fn slot(&self, name: &str, (width, height): (u32, u32)) -> Slot {
        if !self.watched {
            return Slot::default();
        }
        let dark = Arc::new(Frame::Mono(Canvas::new(width, height)));
        let slot = Slot(Some(Arc::new(Place { shown: Mutex::new(Arc::clone(&dark)), dark })));
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.insert(name.to_owned(), slot.clone());
        slot
    }

    /// What the display of that name shows; `None`: there is no such display.
    #[must_use]
    pub fn shown(&self, name: &str) -> Option<Arc<Frame>> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let place = slots.get(name)?.0.as_ref()?;
        Some(Arc::clone(&place.shown.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The displays' names, in alphabetical order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

/// Where a display puts what it shows. A default one forgets it at once.
#[derive(Clone, Debug, Default)]
pub struct Slot(Option<Arc<Place>>);

#[derive(Debug)]
struct Place {
    shown: Mutex<Arc<Frame>>,
    dark: Arc<Frame>,
}

impl Slot {
    /// The display shows this now. The frame is made only where somebody can look at it.
    pub fn show(&self, frame: impl FnOnce() -> Frame) {
        if let Some(place) = &self.0 {
            let frame = Arc::new(frame());
            *place.shown.lock().unwrap_or_else(PoisonError::into_inner) = frame;
        }
    }

    /// The display is dark now.
    pub fn dark(&self) {
        if let Some(place) = &self.0 {
            *place.shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&place.dark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit(frame: &Frame) -> bool {
        matches!(frame, Frame::Mono(canvas) if canvas.pixel(1, 1))
    }

    fn picture() -> Frame {
        let mut canvas = Canvas::new(128, 64);
        canvas.set(1, 1, true);
        Frame::Mono(canvas)
    }

    #[test]
    fn the_newest_frame_of_a_display_is_found_by_its_name() {
        let frames = Frames::new(true);
        let slot = frames.slot("oled", (128, 64));
        assert!(!lit(&frames.shown("oled").unwrap()), "black until the first frame");
        slot.show(picture);
        assert!(lit(&frames.shown("oled").unwrap()));
        slot.dark();
        assert!(!lit(&frames.shown("oled").unwrap()));
        assert!(frames.shown("other").is_none());
        assert_eq!(frames.names(), ["oled"]);
    }

    #[test]
    fn where_nobody_can_look_no_frame_is_made() {
        let frames = Frames::new(false);
        let slot = frames.slot("oled", (128, 64));
        slot.show(|| panic!("nobody asked for a frame"));
        assert!(frames.shown("oled").is_none());
    }
}
