//! A client's logo (RFC 7591 §2), fetched for the pages that show it: what it is its first bytes
//! tell, and nothing that could run or fill a screen is let through.

use std::sync::Arc;

use vidimus_core::{
    errand::Image,
    error::Fault,
    limits::{IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX},
};

use crate::{
    errands::{
        picture,
        remembered::{Answer, Bounds, Remembered},
    },
    outbound::Outbound,
};

/// 32 MiB where each is as big as may be.
const BOUNDS: Bounds =
    Bounds { entries_max: 128, ttl_seconds: 3600, failure_ttl_seconds: 60, fetches_max: 8 };
const ACCEPT: &str = "image/webp, image/png, image/jpeg, image/gif";

pub struct Images {
    outbound: Arc<Outbound>,
    remembered: Remembered<Image>,
}

impl Images {
    pub fn new(outbound: Arc<Outbound>) -> Self {
        Self { outbound, remembered: Remembered::new(BOUNDS) }
    }

    /// # Errors
    /// Only where too many fetches are under way; what a server did wrong is an answer.
    pub async fn get(&self, uri: &str) -> Result<Answer<Image>, Fault> {
        self.remembered.get(uri, self.fetch(uri)).await
    }

    async fn fetch(&self, uri: &str) -> Answer<Image> {
        image(self.outbound.get(uri, ACCEPT, IMAGE_BYTES_MAX).await?.body).map(Arc::new)
    }
}

fn image(bytes: Vec<u8>) -> Result<Image, String> {
    let head = picture::read(&bytes).ok_or("answered no PNG, JPEG, GIF or WebP")?;
    let side = head.width.max(head.height);
    if side > IMAGE_PIXELS_MAX {
        return Err(format!("answered a picture {side} pixels long, not {IMAGE_PIXELS_MAX}"));
    }
    Ok(Image { content_type: head.content_type, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gif(width: u16, height: u16) -> Vec<u8> {
        [b"GIF89a", &width.to_le_bytes()[..], &height.to_le_bytes(), b"rest"].concat()
    }

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        let image = image(gif(4096, 1)).unwrap();
        assert_eq!((image.content_type, image.bytes), ("image/gif", gif(4096, 1)));
    }

    #[test]
    fn what_is_none_or_too_big_is_refused() {
        for none in [&b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], b"<html>", b"GIF89a", b""]
        {
            assert_eq!(image(none.to_vec()).err().unwrap(), "answered no PNG, JPEG, GIF or WebP");
        }
        for (width, height) in [(4097, 1), (1, u16::MAX)] {
            assert!(image(gif(width, height)).err().unwrap().contains("pixels long"));
        }
    }
}
