//! Going through sweeps, a transaction for each page.

use bson::Bson;

use super::{Documents, Ownership, OwnershipError};
use crate::{ApplyError, Loaded, Sweep};

impl Ownership {
    /// Goes through sweeps, all before the event after `before` is applied.
    pub(super) async fn sweep_all(
        &mut self,
        sweeps: &[Sweep],
        before: u64,
    ) -> Result<Result<usize, ApplyError>, OwnershipError> {
        let mut swept = 0;
        for sweep in sweeps {
            match self.sweep(sweep, before).await? {
                Ok(writes) => swept += writes,
                Err(refused) => return Ok(Err(refused)),
            }
        }
        Ok(Ok(swept))
    }

    /// Goes through a sweep page by page, all before the event after `before` is applied. Gives the number of
    /// documents written, or why one can't be.
    async fn sweep(
        &mut self,
        sweep: &Sweep,
        before: u64,
    ) -> Result<Result<usize, ApplyError>, OwnershipError> {
        let mut written = 0;
        let mut last: Option<Bson> = None;
        loop {
            Documents::begin(&mut self.session).await?;
            let page = self
                .stores
                .documents
                .page(&mut self.session, &sweep.find, last.as_ref())
                .await?;
            let loaded = match sweep.needs(&page) {
                Ok(keys) => {
                    let mut loaded = Loaded::asked(keys);
                    let missing = self.memory.recall(&mut loaded);
                    self.load(missing, &mut loaded).await?;
                    sweep.apply(&page, &mut loaded).map(|()| loaded)
                }
                Err(error) => Err(error),
            };
            let loaded = match loaded {
                Ok(loaded) => loaded,
                Err(refused) => {
                    Documents::abort(&mut self.session).await;
                    return Ok(Err(refused));
                }
            };
            if loaded.written_documents() == 0 {
                Documents::abort(&mut self.session).await;
            } else {
                written += loaded.written_documents();
                let to = self.stored.next_step(before);
                self.store(&loaded, to).await?;
            }
            let full = page.len() == sweep.find.page() as usize && sweep.find.newest.is_none();
            match page.last().filter(|_| full).map(|document| document.get("_id")) {
                Some(Ok(Some(id))) => last = Bson::try_from(id).ok(),
                Some(Ok(None) | Err(_)) | None => return Ok(Ok(written)),
            }
        }
    }
}
