//! The first version of the kernel's GPIO interface (Linux 4.8), as gpio-cdev speaks it.
//!
//! Owns its structures and flags. Refuses to know the state of a line.

use super::{Edge, GpioChip, LINES, Level, Wish};
use crate::device_nodes::{
    caller::Caller,
    errno::{Answer, Errno},
    record::Record,
};

pub(super) const LINE_INFO: u32 = 0xc048_b402;
pub(super) const LINE_HANDLE: u32 = 0xc16c_b403;
pub(super) const LINE_EVENT: u32 = 0xc030_b404;
pub(super) const GET_VALUES: u32 = 0xc040_b408;
pub(super) const SET_VALUES: u32 = 0xc040_b409;

const MAX_LINES: usize = 64;

const INPUT: u32 = 1;
const OUTPUT: u32 = 1 << 1;
const ACTIVE_LOW: u32 = 1 << 2;
const PULL_UP: u32 = 1 << 5;
const PULL_DOWN: u32 = 1 << 6;
const NO_PULL: u32 = 1 << 7;
const KNOWN: u32 = INPUT | OUTPUT | ACTIVE_LOW | PULL_UP | PULL_DOWN | NO_PULL;

const RISING: u32 = 1;
const FALLING: u32 = 1 << 1;

/// `struct gpioline_info`: offset, flags, name, consumer.
pub(super) fn line_info(chip: &GpioChip, caller: &Caller, argument: u64) -> Answer {
    const IN_USE: u32 = 1;
    const IS_OUTPUT: u32 = 1 << 1;
    let offset = caller.read(argument, 72)?.u32(0);
    if offset >= LINES {
        return Err(Errno::EINVAL.into());
    }
    let mut info = Record::zeroed(72);
    info.put_u32(0, offset);
    info.put_name(8, &format!("GPIO{offset}"));
    let state = chip.state();
    let holder = state.holder(offset);
    let output = if state.lines[offset as usize].is_output { IS_OUTPUT } else { 0 };
    info.put_u32(4, output | if holder.is_some() { IN_USE } else { 0 });
    info.put_name(40, holder.as_deref().unwrap_or(""));
    caller.write(argument, &info)?;
    Ok(0)
}

/// `struct gpiohandle_request`: 64 offsets, flags, 64 values, consumer, count, handle.
pub(super) fn line_handle(chip: &GpioChip, caller: &Caller, argument: u64) -> Answer {
    let mut request = caller.read(argument, 364)?;
    let (flags, count) = (request.u32(256), request.u32(356) as usize);
    if count == 0 || count > MAX_LINES {
        return Err(Errno::EINVAL.into());
    }
    let values = request.0[260..260 + count].iter().map(|value| *value != 0).collect();
    let mut wish = wish(flags, request.text(324, 32))?;
    wish.offsets = (0..count).map(|index| request.u32(4 * index)).collect();
    wish.outputs = (flags & OUTPUT != 0).then_some(values);
    let number = chip.grant(caller, wish)?;
    request.put_u32(360, number as u32);
    caller.write(argument, &request)?;
    Ok(0)
}

/// `struct gpioevent_request`: offset, flags, edges, consumer, handle.
pub(super) fn line_event(chip: &GpioChip, caller: &Caller, argument: u64) -> Answer {
    let mut request = caller.read(argument, 48)?;
    let (flags, edges) = (request.u32(4), request.u32(8));
    if flags & OUTPUT != 0 || edges & !(RISING | FALLING) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let mut wish = wish(flags, request.text(12, 32))?;
    wish.offsets = vec![request.u32(0)];
    wish.rising = edges & RISING != 0;
    wish.falling = edges & FALLING != 0;
    let number = chip.grant(caller, wish)?;
    request.put_u32(44, number as u32);
    caller.write(argument, &request)?;
    Ok(0)
}

/// `struct gpiohandle_data`: 64 values.
pub(super) fn get_values(chip: &GpioChip, inode: u64, caller: &Caller, argument: u64) -> Answer {
    let mut data = Record::zeroed(MAX_LINES);
    for (index, value) in chip.values(inode)?.into_iter().enumerate() {
        data.0[index] = u8::from(value);
    }
    caller.write(argument, &data)?;
    Ok(0)
}

/// `struct gpiohandle_data`: 64 values.
pub(super) fn set_values(chip: &GpioChip, inode: u64, caller: &Caller, argument: u64) -> Answer {
    let data = caller.read(argument, MAX_LINES)?;
    chip.set_values(inode, |index| Some(data.0[index] != 0))?;
    Ok(0)
}

/// The part of a wish that is in the flags, which are refused as the kernel refuses them.
fn wish(flags: u32, consumer: String) -> Result<Wish, Errno> {
    let directions = flags & (INPUT | OUTPUT);
    let pulls = flags & (PULL_UP | PULL_DOWN | NO_PULL);
    let valid = flags & !KNOWN == 0
        && directions != INPUT | OUTPUT
        && (pulls == 0 || (pulls.is_power_of_two() && directions != 0));
    if !valid {
        return Err(Errno::EINVAL);
    }
    Ok(Wish {
        offsets: Vec::new(),
        consumer,
        outputs: None,
        active_low: flags & ACTIVE_LOW != 0,
        pull: match pulls {
            PULL_UP => Some(Level::High),
            PULL_DOWN => Some(Level::Low),
            _ => None,
        },
        rising: false,
        falling: false,
        event,
    })
}

/// `struct gpioevent_data`: time, edge, padding.
fn event(edge: &Edge) -> Record {
    let mut event = Record::zeroed(16);
    event.put_u64(0, edge.nanoseconds);
    event.put_u32(8, if edge.rising { 1 } else { 2 });
    event
}
