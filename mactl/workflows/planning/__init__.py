"""What a run would do: who is asked what, who may enter, what the engine decides, what is noticed."""
