//! The model against the datasheet's own words and tables.

use super::*;

/// A lit module of 64 rows with an empty RAM, its picture upright.
fn module() -> Ssd1306 {
    lit(Ssd1306::new(64))
}

fn lit(mut module: Ssd1306) -> Ssd1306 {
    commands(&mut module, &[0x8D, 0x14, 0x20, 0x00, 0xA1, 0xC8, 0xAF]);
    data(&mut module, &[0; COLUMNS * PAGES]);
    module
}

fn commands(module: &mut Ssd1306, bytes: &[u8]) {
    module.message(&[&[0x00], bytes].concat());
}

fn data(module: &mut Ssd1306, bytes: &[u8]) {
    module.message(&[&[0x40], bytes].concat());
}

/// The places in RAM (column, page) that hold anything, in page order.
fn written(module: &Ssd1306) -> Vec<(usize, usize)> {
    let places = (0..PAGES).flat_map(|page| (0..COLUMNS).map(move |column| (column, page)));
    // The modules of these tests write with the segments remapped.
    places.filter(|&(column, page)| module.ram[page][COLUMNS - 1 - column] != 0).collect()
}

/// For each row of the glass, the line of RAM it shows.
fn lines(module: &Ssd1306) -> Vec<Option<usize>> {
    (0..module.height).map(|y| module.ram_line(y)).collect()
}

fn panics(bytes: &[u8]) -> bool {
    let message = bytes.to_vec();
    let mut module = module();
    std::panic::catch_unwind(move || module.message(&message)).is_err()
}

#[test]
fn horizontal_addressing_wraps_to_the_next_page_and_from_the_last_page_to_the_first() {
    let mut module = module();
    commands(&mut module, &[0x21, 10, 11, 0x22, 2, 3]);
    data(&mut module, &[1, 2, 3]);
    assert_eq!(written(&module), [(10, 2), (11, 2), (10, 3)]);
    data(&mut module, &[4, 5]);
    assert_eq!(written(&module), [(10, 2), (11, 2), (10, 3), (11, 3)]);
    assert_eq!(module.ram[2][COLUMNS - 1 - 10], 5, "the fifth byte is back where the first was");
}

#[test]
fn vertical_addressing_wraps_to_the_next_column_and_from_the_last_column_to_the_first() {
    let mut module = module();
    commands(&mut module, &[0x20, 0x01, 0x21, 10, 11, 0x22, 2, 4]);
    data(&mut module, &[1, 2, 3, 4]);
    assert_eq!(written(&module), [(10, 2), (11, 2), (10, 3), (10, 4)]);
    data(&mut module, &[5, 6, 7]);
    assert_eq!(module.ram[2][COLUMNS - 1 - 10], 7, "the seventh byte is back where the first was");
}

#[test]
fn page_addressing_wraps_within_its_page() {
    let mut module = module();
    commands(&mut module, &[0x20, 0x02, 0xB5, 0x0E, 0x17]);
    data(&mut module, &[1, 2, 3]);
    assert_eq!(written(&module), [(0, 5), (126, 5), (127, 5)]);
}

#[test]
fn setting_a_window_moves_the_pointer_to_its_start() {
    let mut module = module();
    commands(&mut module, &[0x21, 3, 100, 0x22, 6, 7]);
    data(&mut module, &[1]);
    commands(&mut module, &[0x21, 5, 100]);
    data(&mut module, &[1]);
    assert_eq!(written(&module), [(3, 6), (5, 6)]);
}

#[test]
fn bit_0_is_the_topmost_row_of_a_page_and_column_0_is_at_the_left() {
    let mut module = module();
    data(&mut module, &[0x01, 0x80]);
    assert!(module.pixel(0, 0) && module.pixel(1, 7));
    assert_eq!(module.picture().lit_pixels(), 2);
}

#[test]
fn without_remap_and_reversed_scan_the_picture_is_turned() {
    for height in [32, 64] {
        let mut module = lit(Ssd1306::new(height));
        commands(&mut module, &[0xA8, height as u8 - 1, 0xDA, if height == 64 { 0x12 } else { 0x02 }]);
        let mut turned = module.clone();
        data(&mut module, &[0x05, 0x03]);
        commands(&mut turned, &[0xA0, 0xC0]);
        data(&mut turned, &[0x05, 0x03]);
        assert_eq!(turned.picture(), module.picture().turned());
    }
}

#[test]
fn the_remap_leaves_alone_what_is_in_the_ram_already() {
    let mut module = module();
    data(&mut module, &[0xFF]);
    let before = module.picture();
    commands(&mut module, &[0xA0]);
    assert_eq!(module.picture(), before);
}

#[test]
fn the_scan_direction_turns_at_once_what_is_in_the_ram() {
    let mut module = module();
    data(&mut module, &[0x01]);
    commands(&mut module, &[0xC0]);
    assert!(module.pixel(0, 63) && !module.pixel(0, 0));
}

#[test]
fn the_start_line_scrolls_the_ram_and_wraps() {
    let mut module = module();
    commands(&mut module, &[0x40 + 8]);
    let shown = lines(&module);
    assert_eq!((shown[0], shown[55], shown[56]), (Some(8), Some(63), Some(0)));
}

/// The glass of a usual module has COM63 at the top, so table 10-1 reads upwards here.
#[test]
fn the_display_offset_shifts_the_rows_along_the_pads_as_table_10_1_says() {
    let mut module = module();
    commands(&mut module, &[0xC0, 0xA8, 55, 0xD3, 8]);
    let mut shown = lines(&module);
    shown.reverse();
    assert_eq!((shown[0], shown[47], shown[48]), (Some(8), Some(55), None));
    assert_eq!((shown[55], shown[56], shown[63]), (None, Some(0), Some(7)));
}

#[test]
fn the_display_offset_shifts_the_other_way_in_reversed_scan_as_table_10_2_says() {
    let mut module = module();
    commands(&mut module, &[0xD3, 8]);
    let mut shown = lines(&module);
    shown.reverse();
    assert_eq!((shown[0], shown[7], shown[8], shown[63]), (Some(7), Some(0), Some(63), Some(8)));
}

#[test]
fn rows_beyond_the_multiplex_ratio_stay_dark() {
    let mut module = module();
    commands(&mut module, &[0xA8, 31, 0xA5]);
    assert_eq!(module.picture().lit_pixels(), 32 * COLUMNS);
}

#[test]
fn a_glass_of_32_rows_needs_its_own_ratio_and_its_own_pin_configuration() {
    let mut module = lit(Ssd1306::new(32));
    assert_ne!(lines(&module), (0..32).map(Some).collect::<Vec<_>>(), "as after reset");
    commands(&mut module, &[0xA8, 31]);
    assert_ne!(lines(&module), (0..32).map(Some).collect::<Vec<_>>(), "pins of the large glass");
    commands(&mut module, &[0xDA, 0x02]);
    assert_eq!(lines(&module), (0..32).map(Some).collect::<Vec<_>>());
}

#[test]
fn left_right_remap_swaps_the_pads_of_both_sides() {
    let mut module = module();
    commands(&mut module, &[0xDA, 0x32]);
    let shown = lines(&module);
    assert_eq!(&shown[..4], [Some(1), Some(0), Some(3), Some(2)], "neighbours hang on opposite sides");
}

#[test]
fn inversion_turns_every_pixel_and_all_on_ignores_the_ram() {
    let mut module = module();
    data(&mut module, &[0x01]);
    commands(&mut module, &[0xA7]);
    assert_eq!(module.picture().lit_pixels(), 64 * COLUMNS - 1);
    commands(&mut module, &[0xA6, 0xA5]);
    assert_eq!(module.picture().lit_pixels(), 64 * COLUMNS);
    commands(&mut module, &[0xA4]);
    assert_eq!(module.picture().lit_pixels(), 1);
}

#[test]
fn it_is_dark_while_off_and_keeps_its_ram() {
    let mut module = module();
    data(&mut module, &[0x01]);
    commands(&mut module, &[0xAE]);
    assert!(!module.is_on());
    assert_eq!(module.picture().lit_pixels(), 0);
    commands(&mut module, &[0xAF]);
    assert_eq!(module.picture().lit_pixels(), 1);
}

#[test]
fn it_is_dark_without_a_panel_voltage() {
    let mut dark = Ssd1306::new(64);
    commands(&mut dark, &[0xA5, 0xAF]);
    assert_eq!(dark.picture().lit_pixels(), 0);
    commands(&mut dark, &[0x8D, 0x14]);
    assert_eq!(dark.picture().lit_pixels(), 0, "the pump starts with the next display-on command");
    commands(&mut dark, &[0xAF]);
    assert_eq!(dark.picture().lit_pixels(), 64 * COLUMNS);

    let mut fed = Ssd1306::externally_powered(64);
    commands(&mut fed, &[0xA5, 0xAF]);
    assert_eq!(fed.picture().lit_pixels(), 64 * COLUMNS);
    assert!(!fed.pump_is_running());
}

#[test]
fn a_power_cycle_leaves_garbage_and_the_registers_at_reset() {
    let mut module = module();
    commands(&mut module, &[0x81, 0x12]);
    let before = module.ram;
    module.power_cycle();
    assert_ne!(module.ram, before);
    assert!(!module.is_cleared());
    assert_eq!((module.is_on(), module.contrast()), (false, 0x7F));
    let once = module.ram;
    module.power_cycle();
    assert_ne!(module.ram, once, "other garbage each time");
}

#[test]
fn control_bytes_with_co_set_announce_one_byte_each() {
    let mut module = module();
    module.message(&[0x80, 0x81, 0x80, 0x33, 0xC0, 0x01, 0x40, 0x02, 0x04]);
    assert_eq!(module.contrast(), 0x33);
    assert_eq!(written(&module), [(0, 0), (1, 0), (2, 0)]);
}

#[test]
fn a_command_may_come_in_several_messages() {
    let mut module = module();
    commands(&mut module, &[0x81]);
    commands(&mut module, &[0x44]);
    assert_eq!(module.contrast(), 0x44);
}

#[test]
fn a_command_that_broke_off_swallows_what_comes_next() {
    let mut module = module();
    module.broken_message(&[0x00, 0x21, 0x00]);
    commands(&mut module, &[0xAE]);
    assert!(module.is_on(), "the display-off command was taken for a column");
    commands(&mut module, &[0xAE]);
    assert!(!module.is_on());
}

#[test]
fn it_counts_messages_and_their_bytes() {
    let mut module = Ssd1306::new(64);
    commands(&mut module, &[0xAE]);
    module.broken_message(&[]);
    assert_eq!((module.transactions(), module.bytes()), (2, 2));
}

#[test]
fn it_panics_on_what_the_datasheet_does_not_define() {
    let wrong: [&[u8]; 20] = [
        &[],
        &[0x00],
        &[0x01, 0xAE],
        &[0x00, 0x2F],
        &[0x00, 0xAD, 0x30],
        &[0x00, 0xFF],
        &[0x00, 0xB0],
        &[0x00, 0x05],
        &[0x00, 0x20, 0x03],
        &[0x00, 0x21, 0, 128],
        &[0x00, 0x21, 9, 8],
        &[0x00, 0x22, 0, 8],
        &[0x00, 0x22, 3, 2],
        &[0x00, 0x8D, 0x04],
        &[0x00, 0xA8, 14],
        &[0x00, 0xD3, 64],
        &[0x00, 0xD9, 0x20],
        &[0x00, 0xDA, 0x10],
        &[0x00, 0xDB, 0x50],
        &[0x80, 0x81, 0x40, 0xFF],
    ];
    for message in wrong {
        assert!(panics(message), "{message:02x?} passed");
    }
    assert!(panics(&[0x00, 0x20, 0x02, 0x21, 0, 127]), "a window in page addressing passed");
    assert!(!panics(&[0x00, 0xE3]));
}
