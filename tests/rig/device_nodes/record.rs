//! A C structure of the kernel's interface, as bytes.
//!
//! Owns reading and writing fields at their offsets. Refuses to know any structure.

/// The bytes of one structure, in the machine's byte order.
#[derive(Clone, Debug)]
pub(super) struct Record(pub Vec<u8>);

impl Record {
    /// A structure of `len` zero bytes.
    pub fn zeroed(len: usize) -> Self {
        Self(vec![0; len])
    }

    pub fn u16(&self, offset: usize) -> u16 {
        u16::from_ne_bytes(self.array(offset))
    }

    pub fn u32(&self, offset: usize) -> u32 {
        u32::from_ne_bytes(self.array(offset))
    }

    pub fn u64(&self, offset: usize) -> u64 {
        u64::from_ne_bytes(self.array(offset))
    }

    /// Text of at most `len` bytes that ends with a zero byte.
    pub fn text(&self, offset: usize, len: usize) -> String {
        let field = &self.0[offset..offset + len];
        let end = field.iter().position(|&byte| byte == 0).unwrap_or(len);
        String::from_utf8_lossy(&field[..end]).into_owned()
    }

    pub fn put(&mut self, offset: usize, field: &[u8]) {
        self.0[offset..offset + field.len()].copy_from_slice(field);
    }

    pub fn put_u32(&mut self, offset: usize, value: u32) {
        self.put(offset, &value.to_ne_bytes());
    }

    pub fn put_u64(&mut self, offset: usize, value: u64) {
        self.put(offset, &value.to_ne_bytes());
    }

    /// Writes text into a field of 32 bytes, cut so that a zero byte ends it.
    pub fn put_name(&mut self, offset: usize, name: &str) {
        let len = name.len().min(31);
        self.put(offset, &name.as_bytes()[..len]);
    }

    fn array<const N: usize>(&self, offset: usize) -> [u8; N] {
        self.0[offset..offset + N].try_into().expect("the range has N bytes")
    }
}
