/* The customer beside a conversation: a spoke of her ring chooses the road of the answer. */

document.addEventListener("click", (event) => {
  const spoke = event.target.closest(".cust .ring a[data-channel]");
  if (!spoke) return;
  event.preventDefault();
  document.dispatchEvent(new CustomEvent("road", { detail: { channel: spoke.dataset.channel } }));
});
