//! Memory that is given back. glibc's allocator keeps what large blocks leave behind: after one 19 MiB block of a password hash was freed, it would
//! serve every later one from heaps it never returns, one heap for each thread. With a fixed threshold such blocks are mapped and unmapped: the demo
//! stays at 70 MB instead of 210 MB.

/// Fixes the allocator's threshold, where it is glibc's. To be called before the first large allocation.
pub(crate) fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(
        unsafe_code,
        reason = "mallopt has no safe form; it takes two integers and is called before other threads begin"
    )]
    // SAFETY: mallopt changes parameters of the allocator only; both are documented ones.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}
