// The page that shows nothing but timelines.
const show = () => views.timeline(read().chosen);
document.documentElement.classList.add("scripted");
show();
document.documentElement.dataset.ready = "";
