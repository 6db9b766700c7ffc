//! The model against the datasheet's own words and tables.

use super::*;

/// A lit module with an empty RAM, its picture upright.
fn module() -> Sh1106 {
    let mut module = Sh1106::new();
    module.i2c(&[0x00, 0xA1, 0xC8, 0xAF]);
    for page in 0..8 {
        module.i2c(&[0x00, 0xB0 | page, 0x00, 0x10]);
        module.i2c(&[&[0x40][..], &[0; COLUMNS]].concat());
    }
    module
}

fn panics(bytes: &[u8]) -> bool {
    let message = bytes.to_vec();
    let mut module = module();
    std::panic::catch_unwind(move || module.i2c(&message)).is_err()
}

#[test]
fn data_goes_to_the_right_within_its_page_and_the_first_two_columns_are_beside_the_glass() {
    let mut module = module();
    module.i2c(&[0x00, 0xB3, 0x00, 0x10]);
    module.i2c(&[0x40, 0xFF, 0xFF, 0x01]);
    assert_eq!(module.picture().lit_pixels(), 1);
    assert!(module.picture().pixel(0, 24));
    module.i2c(&[0x00, 0xB7, 0x01, 0x18]);
    module.i2c(&[0x40, 0x80]);
    assert!(module.picture().pixel(127, 63), "column 129 is the last of the glass");
}

#[test]
fn data_beyond_the_last_column_is_refused() {
    let mut end = module();
    end.i2c(&[0x00, 0x03, 0x18]);
    end.i2c(&[0x40, 0x00]);
    assert!(std::panic::catch_unwind(move || end.i2c(&[0x40, 0x00])).is_err());
}

#[test]
fn the_settings_after_reset_show_the_picture_turned() {
    let mut upright = module();
    let mut turned = module();
    turned.i2c(&[0x00, 0xA0, 0xC0]);
    for module in [&mut upright, &mut turned] {
        module.i2c(&[0x00, 0xB0, 0x02, 0x10]);
        module.i2c(&[0x40, 0x05, 0x03]);
    }
    assert_eq!(turned.picture(), upright.picture().turned());
}

#[test]
fn commands_of_other_chips_and_arguments_out_of_range_are_refused() {
    for wrong in [&[0x20, 0x00][..], &[0x21, 0, 127], &[0x22, 0, 7], &[0x8D, 0x14], &[0x2E], &[0xA8, 64]] {
        assert!(panics(&[&[0x00], wrong].concat()), "{wrong:02x?}");
    }
    assert!(panics(&[0x00, 0xAD, 0x8B]), "the pump while the display is on");
    assert!(panics(&[0x00, 0xE0]), "known, but not modelled");
}

#[test]
fn the_pump_follows_the_display_and_without_it_only_a_supply_from_outside_gives_light() {
    let mut module = module();
    assert!(module.pump_is_running());
    module.i2c(&[0x00, 0xAE, 0xAD, 0x8A, 0xA5, 0xAF]);
    assert!(!module.pump_is_running() && module.picture().lit_pixels() == 0);
    module.external_supply = true;
    assert_eq!(module.picture().lit_pixels(), WIDTH * ROWS);
}

#[test]
fn an_argument_may_come_with_the_next_message_and_after_a_broken_one_it_counts_for_nothing() {
    let mut module = module();
    module.i2c(&[0x00, 0x81]);
    module.i2c(&[0x00, 0x10]);
    assert_eq!(module.contrast(), 0x10);
    module.i2c(&[0x00, 0x81]);
    module.break_off();
    module.i2c(&[0x00, 0x20]);
    assert_eq!(module.contrast(), 0x10);
}
