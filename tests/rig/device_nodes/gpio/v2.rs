//! The second version of the kernel's GPIO interface (Linux 5.10), as libgpiod 2 speaks it.
//!
//! Owns its structures and flags. Refuses to know the state of a line.

use super::{Edge, GpioChip, LINES, Level, Wish};
use crate::device_nodes::{
    caller::Caller,
    errno::{Answer, Errno},
    record::Record,
};

pub(super) const LINE_INFO: u32 = 0xc100_b405;
pub(super) const LINE_REQUEST: u32 = 0xc250_b407;
pub(super) const GET_VALUES: u32 = 0xc010_b40e;
pub(super) const SET_VALUES: u32 = 0xc010_b40f;

const MAX_LINES: usize = 64;
const MAX_ATTRIBUTES: usize = 10;

const USED: u64 = 1;
const ACTIVE_LOW: u64 = 1 << 1;
const INPUT: u64 = 1 << 2;
const OUTPUT: u64 = 1 << 3;
const RISING: u64 = 1 << 4;
const FALLING: u64 = 1 << 5;
const PULL_UP: u64 = 1 << 8;
const PULL_DOWN: u64 = 1 << 9;
const NO_PULL: u64 = 1 << 10;
const KNOWN: u64 = ACTIVE_LOW | INPUT | OUTPUT | RISING | FALLING | PULL_UP | PULL_DOWN | NO_PULL;

/// The attribute that carries the first values of outputs.
const OUTPUT_VALUES: u32 = 2;

/// `struct gpio_v2_line_info`: name, consumer, offset, count of attributes, flags.
pub(super) fn line_info(chip: &GpioChip, caller: &Caller, argument: u64) -> Answer {
    let offset = caller.read(argument, 256)?.u32(64);
    if offset >= LINES {
        return Err(Errno::EINVAL.into());
    }
    let mut info = Record::zeroed(256);
    info.put_name(0, &format!("GPIO{offset}"));
    let state = chip.state();
    let holder = state.holder(offset);
    info.put_name(32, holder.as_deref().unwrap_or(""));
    info.put_u32(64, offset);
    let direction = if state.lines[offset as usize].is_output { OUTPUT } else { INPUT };
    info.put_u64(72, direction | if holder.is_some() { USED } else { 0 });
    caller.write(argument, &info)?;
    Ok(0)
}

/// `struct gpio_v2_line_request`: 64 offsets, consumer, configuration, count, buffer size,
/// padding, handle. Attributes other than first values are not modelled and refused.
pub(super) fn line_request(chip: &GpioChip, caller: &Caller, argument: u64) -> Answer {
    let mut request = caller.read(argument, 592)?;
    let (flags, count) = (request.u64(288), request.u32(560) as usize);
    let attributes = request.u32(296) as usize;
    if count == 0 || count > MAX_LINES || attributes > MAX_ATTRIBUTES || !is_valid(flags) {
        return Err(Errno::EINVAL.into());
    }
    let mut values = 0;
    for at in (0..attributes).map(|index| 320 + 24 * index) {
        if request.u32(at) != OUTPUT_VALUES {
            return Err(Errno::EINVAL.into());
        }
        values |= request.u64(at + 8) & request.u64(at + 16);
    }
    let wish = Wish {
        offsets: (0..count).map(|index| request.u32(4 * index)).collect(),
        consumer: request.text(256, 32),
        outputs: (flags & OUTPUT != 0).then(|| (0..count).map(|index| bit(values, index)).collect()),
        active_low: flags & ACTIVE_LOW != 0,
        pull: match flags & (PULL_UP | PULL_DOWN) {
            PULL_UP => Some(Level::High),
            PULL_DOWN => Some(Level::Low),
            _ => None,
        },
        rising: flags & RISING != 0,
        falling: flags & FALLING != 0,
        event,
    };
    let number = chip.grant(caller, wish)?;
    request.put_u32(588, number as u32);
    caller.write(argument, &request)?;
    Ok(0)
}

/// `struct gpio_v2_line_values`: bits, mask.
pub(super) fn get_values(chip: &GpioChip, inode: u64, caller: &Caller, argument: u64) -> Answer {
    let mut data = caller.read(argument, 16)?;
    let values = chip.values(inode)?.into_iter().enumerate();
    let bits = values.fold(0, |bits, (index, value)| bits | u64::from(value) << index);
    data.put_u64(0, bits & data.u64(8));
    caller.write(argument, &data)?;
    Ok(0)
}

/// `struct gpio_v2_line_values`: bits, mask.
pub(super) fn set_values(chip: &GpioChip, inode: u64, caller: &Caller, argument: u64) -> Answer {
    let data = caller.read(argument, 16)?;
    let (bits, mask) = (data.u64(0), data.u64(8));
    chip.set_values(inode, |index| bit(mask, index).then(|| bit(bits, index)))?;
    Ok(0)
}

fn is_valid(flags: u64) -> bool {
    let directions = flags & (INPUT | OUTPUT);
    let pulls = flags & (PULL_UP | PULL_DOWN | NO_PULL);
    let edges = flags & (RISING | FALLING);
    flags & !KNOWN == 0
        && directions != INPUT | OUTPUT
        && (edges == 0 || directions == INPUT)
        && (pulls == 0 || (pulls.is_power_of_two() && directions != 0))
}

fn bit(bits: u64, index: usize) -> bool {
    bits >> index & 1 != 0
}

/// `struct gpio_v2_line_event`: time, edge, offset, sequence, sequence of the line, padding.
fn event(edge: &Edge) -> Record {
    let mut event = Record::zeroed(48);
    event.put_u64(0, edge.nanoseconds);
    event.put_u32(8, if edge.rising { 1 } else { 2 });
    event.put_u32(12, edge.offset);
    event.put_u32(16, edge.sequence);
    event.put_u32(20, edge.sequence);
    event
}
